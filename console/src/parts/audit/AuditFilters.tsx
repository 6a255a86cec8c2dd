// Narrows the audit log: what, how it went, who, to what, from where, when.
import {
  Button, FormGroup, TextInput, Toolbar, ToolbarContent, ToolbarGroup, ToolbarItem,
} from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { ACTIONS, keyOf, useAuditWord, wordOf } from "../../i18n/audit";
import { ADDRESS_MAX, OUTCOMES, TEXT_MAX } from "../../lib/auditAsked";
import { Choice } from "../Choice";
import { SearchText } from "../SearchText";

interface Asked {
  address: URLSearchParams;
  set: (name: string, value: string) => void;
  clear: () => void;
  isFiltered: boolean;
}

const TEXTS = [["actor", TEXT_MAX], ["target", TEXT_MAX], ["address", ADDRESS_MAX]] as const;
const TIMES = ["from", "until"] as const;

export function AuditFilters({ address, set, clear, isFiltered }: Asked) {
  const { t } = useTranslation();
  const word = useAuditWord();
  const value = (name: string) => address.get(name) ?? "";
  const actions = ACTIONS.map((key) => ({ value: wordOf(key), text: word("action", wordOf(key)) }));
  const asked = value("action");
  const isKnown = asked === "" || ACTIONS.some((key) => key === keyOf(asked));
  return (
    <Toolbar>
      <ToolbarContent>
        <ToolbarGroup variant="filter-group" className="w-wrap">
          <ToolbarItem>
            <Choice label={t("audit.what")} value={asked} onChange={(next) => set("action", next)}
              options={[{ value: "", text: t("audit.anyAction") }, ...actions,
                ...(isKnown ? [] : [{ value: asked, text: asked }])]} />
          </ToolbarItem>
          <ToolbarItem>
            <Choice label={t("audit.outcome")} value={value("outcome")} onChange={(next) => set("outcome", next)}
              options={[{ value: "", text: t("audit.anyOutcome") },
                ...OUTCOMES.map((one) => ({ value: one, text: word("outcome", one) }))]} />
          </ToolbarItem>
          {TEXTS.map(([name, most]) => (
            <ToolbarItem key={name}>
              <SearchText label={t(`audit.by_${name}`)} value={value(name)} maxLength={most}
                onChange={(next) => set(name, next)} />
            </ToolbarItem>
          ))}
        </ToolbarGroup>
        <ToolbarGroup className="w-wrap">
          {TIMES.map((name) => (
            <ToolbarItem key={name}>
              <FormGroup label={t(`audit.${name}`)} fieldId={`audit-${name}`}>
                <TextInput id={`audit-${name}`} type="datetime-local" value={value(name)} max="9999-12-31T23:59"
                  onChange={(_event, next) => set(name, next)} />
              </FormGroup>
            </ToolbarItem>
          ))}
          {isFiltered && (
            <ToolbarItem alignSelf="end">
              <Button variant="link" onClick={clear}>{t("common.clearFilters")}</Button>
            </ToolbarItem>
          )}
        </ToolbarGroup>
      </ToolbarContent>
    </Toolbar>
  );
}
