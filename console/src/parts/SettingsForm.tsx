// Settings that are numbers, in cards, with one button that saves what is other
// than before.
import { useState } from "react";
import type { ReactNode, SyntheticEvent } from "react";
import { useTranslation } from "react-i18next";
import { useMutation } from "@tanstack/react-query";
import {
  ActionGroup, Button, Card, CardBody, CardTitle, Form, FormGroup, FormHelperText, HelperText, HelperTextItem, Stack,
  StackItem, TextInput,
} from "@patternfly/react-core";
import { readSetting, textOf } from "../lib/setting";
import type { Bounds } from "../lib/setting";
import { ProblemAlert } from "./ProblemAlert";
import { useToast } from "./Toasts";

export interface SettingField extends Bounds {
  name: string;
  label: string;
  help: string;
  inForce?: string;
}
export interface SettingCard {
  title: string;
  fields: SettingField[];
}
export type SettingValues = Record<string, number | null>;

interface Asked {
  cards: SettingCard[];
  values: SettingValues;
  mayChange: boolean;
  save: (changes: SettingValues) => Promise<unknown>;
  onReload: () => void;
  children?: ReactNode;
}

function Field({ field, text, isFixed, onChange }: {
  field: SettingField; text: string; isFixed: boolean; onChange: (text: string) => void;
}) {
  const { t } = useTranslation();
  const isWrong = readSetting(text, field) === undefined;
  const id = `setting-${field.name}`;
  return (
    <FormGroup label={field.label} fieldId={id} isRequired={!field.isOptional}>
      <TextInput id={id} type="text" inputMode="numeric" value={text} isRequired={!field.isOptional}
        readOnlyVariant={isFixed ? "default" : undefined} validated={isWrong ? "error" : "default"} aria-describedby={`${id}-help`}
        onChange={(_event, next) => onChange(next)} style={{ maxInlineSize: "12rem" }} />
      <FormHelperText>
        <HelperText id={`${id}-help`}>
          {isWrong && (
            <HelperTextItem variant="error">
              {t(field.isOptional ? "settings.boundsOrEmpty" : "settings.bounds", { least: field.least, most: field.most })}
            </HelperTextItem>
          )}
          <HelperTextItem>{field.help}</HelperTextItem>
          {field.inForce && <HelperTextItem>{field.inForce}</HelperTextItem>}
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

function useEdited({ cards, values }: Asked) {
  const [texts, setTexts] = useState<Record<string, string>>({});
  const changes: SettingValues = {};
  let isWhole = true;
  for (const field of cards.flatMap((card) => card.fields)) {
    const typed = texts[field.name];
    if (typed === undefined) continue;
    const value = readSetting(typed, field);
    if (value === undefined) isWhole = false;
    else if (value !== values[field.name]) changes[field.name] = value;
  }
  return { texts, setTexts, changes, isWhole };
}

function useNames(cards: SettingCard[]) {
  return (member: string) => cards.flatMap((card) => card.fields).find(({ name }) => name === member)?.label ?? member;
}

export function SettingsForm(asked: Asked) {
  const { cards, values, mayChange, save, onReload, children } = asked;
  const { t } = useTranslation();
  const toast = useToast();
  const nameOf = useNames(cards);
  const { texts, setTexts, changes, isWhole } = useEdited(asked);
  const change = useMutation({
    mutationFn: () => save(changes),
    onSuccess: () => {
      setTexts({});
      toast("success", t("settings.saved"));
    },
  });
  const changed = Object.keys(changes);
  const isReady = mayChange && isWhole && changed.length > 0 && !change.isPending;
  const shown = (value: number | null | undefined) => (value == null ? t("settings.asFile") : String(value));
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    if (isReady) change.mutate();
  }
  function reload() {
    setTexts({});
    change.reset();
    onReload();
  }
  return (
    <Form onSubmit={submit}>
      <Stack hasGutter>
        <ProblemAlert error={change.error} onLookAgain={reload} />
        {cards.map((card) => (
          <StackItem key={card.title}>
            <Card>
              <CardTitle component="h2">{card.title}</CardTitle>
              <CardBody>
                <Stack hasGutter>
                  {card.fields.map((field) => (
                    <Field key={field.name} field={field} isFixed={!mayChange}
                      text={texts[field.name] ?? textOf(values[field.name] ?? null)}
                      onChange={(text) => setTexts((all) => ({ ...all, [field.name]: text }))} />
                  ))}
                </Stack>
              </CardBody>
            </Card>
          </StackItem>
        ))}
        {children}
        {changed.length > 0 && (
          <StackItem>
            <strong>{t("settings.toBeSaved")}</strong>
            <ul>
              {changed.map((name) => (
                <li key={name}>{nameOf(name)}: {shown(values[name])} → {shown(changes[name])}</li>
              ))}
            </ul>
          </StackItem>
        )}
        {mayChange ? (
          <ActionGroup>
            <Button type="submit" isLoading={change.isPending} isDisabled={!isReady}>{t("common.save")}</Button>
          </ActionGroup>
        ) : <StackItem>{t("settings.readOnly")}</StackItem>}
      </Stack>
    </Form>
  );
}
