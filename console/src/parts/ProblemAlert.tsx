// In a form: why it was refused; of two people's changes, what the other's was.
import { Alert, AlertActionLink } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/client";
import { useMemberName } from "../i18n/member";
import { useProblemText } from "../i18n/problem";
import { formatTime } from "../lib/format";

function useMore(error: unknown): string | null {
  const { t, i18n } = useTranslation();
  const memberName = useMemberName();
  if (!(error instanceof Problem)) return null;
  if (error.users.length > 0) return t("conflict.users", { users: list(error.users, i18n.language) });
  if (!error.changed) return null;
  const { by, at, members } = error.changed;
  if (by === null || at === null) return t("conflict.longAgo");
  const what = list(members.map(memberName), i18n.language);
  return t("conflict.changed", { by, at: formatTime(at, i18n.language), what });
}

function list(words: readonly string[], language: string): string {
  return new Intl.ListFormat(language, { type: "conjunction" }).format(words);
}

export function ProblemAlert({ error, onLookAgain }: { error: unknown; onLookAgain?: (() => void) | undefined }) {
  const { t } = useTranslation();
  const text = useProblemText();
  const more = useMore(error);
  const mayLook = onLookAgain && error instanceof Problem && error.code === "version_mismatch";
  return (
    <div role="alert">
      {error ? (
        <Alert variant="danger" isInline title={text(error)} component="p"
          actionLinks={mayLook && <AlertActionLink onClick={onLookAgain}>{t("conflict.look")}</AlertActionLink>}>
          {more && <span className="w-break">{more}</span>}
        </Alert>
      ) : null}
    </div>
  );
}
