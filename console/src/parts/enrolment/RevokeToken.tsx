// Revoking a token, with what that does and to how many.
import { useTranslation } from "react-i18next";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Content } from "@patternfly/react-core";
import { api, ask } from "../../api/client";
import type { EnrolmentToken } from "../../api/client";
import { TOKENS_KEY } from "../../api/enrolment";
import { Dialog } from "../Dialog";
import { Facts } from "../Facts";
import { Time } from "../Time";
import { useToast } from "../Toasts";

export function RevokeToken({ token, name, onClose }: { token: EnrolmentToken; name: string; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  const path = { enrolment_token_id: token.id };
  const revoke = useMutation({
    mutationFn: () => ask(api.POST("/api/v1/enrolment-tokens/{enrolment_token_id}/revoke", { params: { path } })),
    onSuccess: () => {
      toast("success", t("enrolment.revokedDone"));
      onClose();
      return client.invalidateQueries({ queryKey: TOKENS_KEY });
    },
  });
  return (
    <Dialog title={t("enrolment.revokeTitle", { name })} submit={t("enrolment.revoke")} isDanger isBusy={revoke.isPending}
      error={revoke.error} onSubmit={() => revoke.mutate()} onClose={onClose}>
      <Content component="p">
        {token.kind === "computer" ? t("enrolment.revokeTextComputer") : t("enrolment.revokeText", { count: token.uses_left })}
      </Content>
      <Facts rows={[
        [t("enrolment.comment"), token.comment],
        [t("enrolment.by"), token.created_by],
        [t("enrolment.made"), <Time key="made" at={token.created_at} isExact />],
      ]} />
    </Dialog>
  );
}
