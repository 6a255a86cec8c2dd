// A new API token: what for, what it may, and until when.
import { useState } from "react";
import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { api, ask } from "../../api/client";
import type { Schemas } from "../../api/client";
import { ROLES_KEY, TOKENS_KEY } from "../../api/people";
import type { Scope } from "../../api/people";
import { useChange } from "../../lib/change";
import { useTokenRoles } from "../../lib/token";
import { Choice } from "../Choice";
import { Dialog } from "../Dialog";
import { ScopeField } from "../ScopeField";
import { useRoleName } from "../useRoleName";

const DAY_S = 86_400;
const DAYS = [1, 7, 30, 90, 180, 365];
export type MadeToken = Schemas["NewApiToken"];

export function TokenCreate({ onMade, onClose }: { onMade: (made: MadeToken) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const roles = useTokenRoles();
  const roleName = useRoleName();
  const [name, setName] = useState("");
  const [role, setRole] = useState("");
  const [days, setDays] = useState(90);
  const [scope, setScope] = useState<Scope | null>(null);
  const create = useChange<MadeToken>({
    act: () => ask(api.POST("/api/v1/me/api-tokens", {
      body: {
        name: name.trim(), expires_in_s: days * DAY_S, ...(role && { role_id: role }), ...(scope && { scope }),
      },
    })),
    keys: [TOKENS_KEY, ROLES_KEY],
    onDone: onMade,
  });
  return (
    <Dialog title={t("apiTokens.createTitle")} submit={t("apiTokens.submit")}
      isReady={name.trim() !== "" && scope?.length !== 0} isBusy={create.isPending} error={create.error}
      onSubmit={() => create.mutate()} onClose={onClose}>
      <FormGroup label={t("common.name")} fieldId="api-token-name" isRequired>
        <TextInput id="api-token-name" isRequired maxLength={128} value={name} autoFocus
          aria-describedby="api-token-help" onChange={(_event, value) => setName(value)} />
        <FormHelperText>
          <HelperText id="api-token-help"><HelperTextItem>{t("apiTokens.nameHelp")}</HelperTextItem></HelperText>
        </FormHelperText>
      </FormGroup>
      <FormGroup label={t("users.role")} fieldId="api-token-role">
        <Choice id="api-token-role" label={t("users.role")} isFullWidth value={role} onChange={setRole}
          options={[{ value: "", text: t("apiTokens.ownRole") },
            ...roles.map((one) => ({ value: one.id, text: roleName(one) }))]} />
      </FormGroup>
      <ScopeField id="api-token-scope" value={scope} onChange={setScope} allText={t("apiTokens.userScope")} />
      <FormGroup label={t("apiTokens.goodFor")} fieldId="api-token-life">
        <Choice id="api-token-life" label={t("apiTokens.goodFor")} isFullWidth value={String(days)}
          onChange={(value) => setDays(Number(value))}
          options={DAYS.map((count) => ({ value: String(count), text: t("enrolment.days", { count }) }))} />
      </FormGroup>
    </Dialog>
  );
}
