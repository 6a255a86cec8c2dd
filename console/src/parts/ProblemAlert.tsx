// In a form: why it was refused; of two people's changes, what the other's was.
import { Alert, AlertActionLink } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { Problem } from "../api/client";
import { useMemberName } from "../i18n/member";
import { useProblemText } from "../i18n/problem";
import { formatNumber, formatTime } from "../lib/format";

// One sentence, or several.
function useMore(error: unknown): string[] {
  const { t, i18n } = useTranslation();
  const memberName = useMemberName();
  const holders = useHolders();
  if (!(error instanceof Problem)) return [];
  if (error.holders.userCount + error.holders.tokenCount > 0) return holders(error);
  if (!error.changed) return [];
  const { by, at, members } = error.changed;
  if (by === null || at === null) return [t("conflict.longAgo")];
  const what = list(members.map(memberName), i18n.language);
  return [t("conflict.changed", { by, at: formatTime(at, i18n.language), what })];
}

// Who stands in the way: by name, or where one may not know them, how many.
function useHolders(): (problem: Problem) => string[] {
  const { t, i18n } = useTranslation();
  function named(names: readonly string[], count: number): string {
    const more = count - names.length;
    return list(more > 0 ? [...names, t("conflict.more", { count: more, number: formatNumber(more, i18n.language) })] : names, i18n.language);
  }
  return ({ code, holders: { users, userCount, tokens, tokenCount } }) => {
    if (code === "role_in_use") return users.length > 0 ? [t("conflict.users", { users: named(users, userCount) })] : [];
    return [
      ...(users.length > 0 ? [t("conflict.limitedUsers", { names: named(users, userCount) })] : []),
      ...(users.length === 0 && userCount > 0
        ? [t("conflict.userCount", { count: userCount, number: formatNumber(userCount, i18n.language) })] : []),
      ...(tokens.length > 0 ? [t("conflict.limitedTokens", { names: named(tokens, tokenCount) })] : []),
      ...(tokens.length === 0 && tokenCount > 0
        ? [t("conflict.tokenCount", { count: tokenCount, number: formatNumber(tokenCount, i18n.language) })] : []),
    ];
  };
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
          {more.map((sentence) => <p key={sentence} className="w-break">{sentence}</p>)}
        </Alert>
      ) : null}
    </div>
  );
}
