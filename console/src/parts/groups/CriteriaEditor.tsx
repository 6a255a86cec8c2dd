// Conditions of a group, one line each, and what fits them now.
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { Button, Content, Flex, FlexItem, FormGroup, TextInput } from "@patternfly/react-core";
import { TimesIcon } from "@patternfly/react-icons/dist/esm/icons/times-icon";
import { previewQuery } from "../../api/groups";
import type { Criteria } from "../../api/groups";
import { useProblemText } from "../../i18n/problem";
import { CONDITIONS_MAX, draftOf, FIELD_NAMES, FIELDS } from "../../lib/criteria";
import type { Draft, Field, Operator } from "../../lib/criteria";
import { formatNumber } from "../../lib/format";
import { nameOf } from "../../lib/name";
import { useOffices } from "../../lib/offices";
import { Choice } from "../Choice";
import { useCriteriaWords } from "./words";

const TYPING_MS = 400;

// What was written last, once nobody types any more.
function useSettled(criteria: Criteria | null): Criteria | null {
  const text = JSON.stringify(criteria);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return JSON.parse(settled) as Criteria | null;
}

function Preview({ criteria }: { criteria: Criteria | null }) {
  const { t, i18n } = useTranslation();
  const text = useProblemText();
  const settled = useSettled(criteria);
  const { data, error } = useQuery(previewQuery(settled));
  const names = data?.computers.map(nameOf).join(", ");
  const number = formatNumber(data?.computer_count ?? 0, i18n.language);
  return (
    <Content component="p" aria-live="polite" className="w-break">
      {settled === null ? t("groups.previewMissing") : error ? text(error) : data
        ? t(names ? "groups.previewNames" : "groups.preview", { count: data.computer_count, number, names })
        : t("common.loading")}
    </Content>
  );
}

interface ValueAsked { draft: Draft; label: string; onChange: (text: string) => void }

function Value({ draft, label, onChange }: ValueAsked) {
  const words = useCriteriaWords();
  const offices = useOffices();
  const form = FIELDS[draft.field];
  if (form.kind === "words")
    return <Choice label={label} value={draft.text} onChange={onChange}
      options={(form.words ?? []).map((word) => ({ value: word, text: words.value(draft.field, word) }))} />;
  if (form.kind === "office")
    return <Choice label={label} value={draft.text} onChange={onChange}
      options={offices.map((office) => ({ value: office.id, text: office.name }))} />;
  return <TextInput aria-label={label} value={draft.text} maxLength={128} onChange={(_event, text) => onChange(text)}
    type={form.kind === "days" ? "number" : "text"} {...(form.kind === "days" && { min: 1, max: 3650 })} />;
}

interface LineAsked { draft: Draft; number: number; onChange: (draft: Draft) => void; onRemove: (() => void) | null }

function Line({ draft, number, onChange, onRemove }: LineAsked) {
  const { t } = useTranslation();
  const words = useCriteriaWords();
  const label = (name: string) => `${t("groups.condition", { number })}: ${name}`;
  return (
    <Flex alignItems={{ default: "alignItemsCenter" }} gap={{ default: "gapSm" }}>
      <FlexItem>
        <Choice label={label(t("groups.fieldLabel"))} value={draft.field} onChange={(field) => onChange(draftOf(field as Field))}
          options={FIELD_NAMES.map((field) => ({ value: field, text: words.field(field) }))} />
      </FlexItem>
      <FlexItem>
        <Choice label={label(t("groups.operatorLabel"))} value={draft.operator}
          onChange={(operator) => onChange({ ...draft, operator: operator as Operator })}
          options={FIELDS[draft.field].operators.map((operator) => (
            { value: operator, text: words.operator(operator) }))} />
      </FlexItem>
      <FlexItem>
        <Value draft={draft} label={label(t("groups.valueLabel"))} onChange={(text) => onChange({ ...draft, text })} />
      </FlexItem>
      {onRemove && (
        <FlexItem>
          <Button variant="plain" icon={<TimesIcon />} onClick={onRemove} aria-label={label(t("groups.removeCondition"))} />
        </FlexItem>
      )}
    </Flex>
  );
}

interface Asked {
  match: Criteria["match"];
  drafts: Draft[];
  criteria: Criteria | null;
  onChange: (match: Criteria["match"], drafts: Draft[]) => void;
}

export function CriteriaEditor({ match, drafts, criteria, onChange }: Asked) {
  const { t } = useTranslation();
  const put = (index: number, draft: Draft) => onChange(match, drafts.map((one, i) => (i === index ? draft : one)));
  return (
    <FormGroup label={t("groups.criteria")} role="group">
      <Flex direction={{ default: "column" }} gap={{ default: "gapMd" }}>
        <FlexItem>
          <Choice label={t("groups.match")} value={match} onChange={(value) => onChange(value === "any" ? "any" : "all", drafts)}
            options={[{ value: "all", text: t("groups.matchAll") }, { value: "any", text: t("groups.matchAny") }]} />
        </FlexItem>
        {drafts.map((draft, index) => (
          <FlexItem key={index}>
            <Line draft={draft} number={index + 1} onChange={(next) => put(index, next)}
              onRemove={drafts.length > 1 ? () => onChange(match, drafts.filter((_one, i) => i !== index)) : null} />
          </FlexItem>
        ))}
        <FlexItem>
          <Button variant="link" isInline isDisabled={drafts.length >= CONDITIONS_MAX}
            onClick={() => onChange(match, [...drafts, draftOf("name")])}>{t("groups.addCondition")}</Button>
        </FlexItem>
        <FlexItem><Preview criteria={criteria} /></FlexItem>
      </Flex>
    </FormGroup>
  );
}
