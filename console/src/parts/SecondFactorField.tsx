// The code of the user's device, or a recovery code in its place.
import { useTranslation } from "react-i18next";
import { Button, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import { NOTHING_TYPED } from "../api/twoFactor";
import type { TypedFactor } from "../api/twoFactor";

interface Asked {
  id: string;
  value: TypedFactor;
  onChange: (value: TypedFactor) => void;
  mayRecover?: boolean;
  hasFocus?: boolean;
}

const CODE_LENGTH = 6;

function clean(text: string): string {
  return text.normalize("NFKC").replaceAll(/[^0-9]/g, "").slice(0, CODE_LENGTH);
}

export function SecondFactorField({ id, value, onChange, mayRecover = true, hasFocus }: Asked) {
  const { t } = useTranslation();
  const { isRecovery } = value;
  return (
    <FormGroup label={isRecovery ? t("twoFactor.recoveryCode") : t("twoFactor.code")} fieldId={id} isRequired>
      <TextInput key={String(isRecovery)} id={id} name={id} isRequired className="w-mono" value={value.text} autoFocus={hasFocus}
        autoComplete={isRecovery ? "off" : "one-time-code"} inputMode={isRecovery ? "text" : "numeric"}
        autoCapitalize="none" spellCheck={false} maxLength={isRecovery ? 64 : undefined}
        aria-describedby={isRecovery ? undefined : `${id}-help`}
        onChange={(_event, text) => onChange({ isRecovery, text: isRecovery ? text : clean(text) })} />
      {!isRecovery && (
        <FormHelperText>
          <HelperText id={`${id}-help`}><HelperTextItem>{t("twoFactor.codeHelp")}</HelperTextItem></HelperText>
        </FormHelperText>
      )}
      {mayRecover && (
        <Button variant="link" isInline onClick={() => onChange({ ...NOTHING_TYPED, isRecovery: !isRecovery })}>
          {isRecovery ? t("twoFactor.useCode") : t("twoFactor.useRecovery")}
        </Button>
      )}
    </FormGroup>
  );
}
