// A second factor that every user needs: nothing else is open before.
import { useTranslation } from "react-i18next";
import { Alert, Button } from "@patternfly/react-core";
import { Outside } from "../parts/Outside";
import { TwoFactorSetup } from "../parts/TwoFactorSetup";
import { useSignOut } from "../parts/useSignOut";

export function ForcedTwoFactorPage({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const signOut = useSignOut();
  return (
    <Outside title={t("twoFactor.title")}
      below={<Button variant="link" onClick={() => signOut.mutate()}>{t("user.signOut")}</Button>}>
      <Alert variant="info" isInline isPlain title={t("twoFactor.forced")} component="p" />
      <TwoFactorSetup onDone={onDone} />
    </Outside>
  );
}
