// What will be done to many computers, and what has to be known for it.
import type { SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { Content, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import type { Office } from "../api/client";
import type { BulkAction } from "../lib/bulk";
import { formatNumber } from "../lib/format";
import { Choice } from "./Choice";

interface Wish { office: string; reason: string }

interface Asked {
  action: BulkAction;
  count: number;
  offices: Office[];
  wish: Wish;
  onWish: (wish: Wish) => void;
  needsNumber: boolean;
  typed: string;
  onTyped: (typed: string) => void;
  onSubmit: () => void;
}

export function BulkForm({ action, count, offices, wish, onWish, needsNumber, typed, onTyped, onSubmit }: Asked) {
  const { t, i18n } = useTranslation();
  const formatted = formatNumber(count, i18n.language);
  function send(event: SyntheticEvent) {
    event.preventDefault();
    onSubmit();
  }
  return (
    <Form id="bulk-form" onSubmit={send}>
      <Content component="p">{t(`bulk.${action}Text`, { count, formatted })}</Content>
      {action === "move" && (
        <FormGroup label={t("action.target")} fieldId="bulk-office" isRequired>
          <Choice id="bulk-office" label={t("action.target")} value={wish.office} isFullWidth
            onChange={(office) => onWish({ ...wish, office })}
            options={[{ value: "", text: t("bulk.whichOffice") }, ...offices.map(({ id, name }) => ({ value: id, text: name }))]} />
        </FormGroup>
      )}
      {action === "revoke" && (
        <FormGroup label={t("action.reason")} fieldId="bulk-reason" isRequired>
          <TextInput id="bulk-reason" isRequired maxLength={256} value={wish.reason} aria-describedby="bulk-reason-help"
            onChange={(_event, reason) => onWish({ ...wish, reason })} />
          <FormHelperText>
            <HelperText id="bulk-reason-help"><HelperTextItem>{t("action.reasonHelp")}</HelperTextItem></HelperText>
          </FormHelperText>
        </FormGroup>
      )}
      {needsNumber && (
        <FormGroup label={t("bulk.typeNumber", { formatted })} fieldId="bulk-number" isRequired>
          <TextInput id="bulk-number" isRequired inputMode="numeric" autoComplete="off" value={typed} onChange={(_event, next) => onTyped(next)} />
        </FormGroup>
      )}
    </Form>
  );
}
