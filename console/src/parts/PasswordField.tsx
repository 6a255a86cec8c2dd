// A password with a button that shows it.
import { useState } from "react";
import type { ReactNode } from "react";
import {
  Button, FormGroup, FormHelperText, HelperText, HelperTextItem, InputGroup, InputGroupItem, TextInput,
} from "@patternfly/react-core";
import { EyeIcon } from "@patternfly/react-icons/dist/esm/icons/eye-icon";
import { EyeSlashIcon } from "@patternfly/react-icons/dist/esm/icons/eye-slash-icon";
import { useTranslation } from "react-i18next";

interface Asked {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  help?: ReactNode;
  error?: string | undefined;
}

export function PasswordField({ id, label, value, onChange, autoComplete, help, error }: Asked) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const helpId = help || error ? `${id}-help` : undefined;
  return (
    <FormGroup label={label} fieldId={id} isRequired>
      <InputGroup>
        <InputGroupItem isFill>
          <TextInput id={id} name={id} type={isShown ? "text" : "password"} isRequired value={value}
            autoComplete={autoComplete} validated={error ? "error" : "default"} aria-describedby={helpId}
            onChange={(_event, next) => onChange(next)} />
        </InputGroupItem>
        <InputGroupItem>
          <Button variant="control" onClick={() => setShown(!isShown)} icon={isShown ? <EyeSlashIcon /> : <EyeIcon />}
            aria-label={isShown ? t("signIn.hidePassword") : t("signIn.showPassword")} />
        </InputGroupItem>
      </InputGroup>
      {helpId && (
        <FormHelperText>
          <HelperText id={helpId}>
            <HelperTextItem variant={error ? "error" : "default"}>{error ?? help}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
