// Before anything else: a password that nobody else has seen.
import { useTranslation } from "react-i18next";
import { Alert } from "@patternfly/react-core";
import { Outside } from "../parts/Outside";
import { PasswordForm } from "../parts/PasswordForm";

export function ForcedPasswordPage() {
  const { t } = useTranslation();
  return (
    <Outside title={t("password.title")}>
      <Alert variant="info" isInline isPlain title={t("password.forced")} component="p" />
      <PasswordForm onDone={() => undefined} />
    </Outside>
  );
}
