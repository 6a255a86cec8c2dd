// In a form: why it was refused.
import { Alert } from "@patternfly/react-core";
import { useProblemText } from "../i18n/problem";

export function ProblemAlert({ error }: { error: unknown }) {
  const text = useProblemText();
  return (
    <div role="alert">
      {error ? <Alert variant="danger" isInline title={text(error)} component="p" /> : null}
    </div>
  );
}
