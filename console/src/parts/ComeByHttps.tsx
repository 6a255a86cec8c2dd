// In the place of what is not done over HTTP, for it shows or takes a secret.
import { useTranslation } from "react-i18next";
import { Alert } from "@patternfly/react-core";
import { useHttpsUrl } from "../api/ports";

export const isPlain = () => location.protocol === "http:";

// text says it, with {{url}} in it.
export function ComeByHttps({ text }: { text: "twoFactor.toHttps" | "enrolment.toHttps" }) {
  const { t } = useTranslation();
  const url = useHttpsUrl();
  if (url === null) return null;
  return (
    <Alert variant="warning" isInline title={t(text, { url })} component="p"
      actionLinks={<a href={url}>{t("banner.toHttps")}</a>} />
  );
}
