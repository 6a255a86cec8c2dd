// Chooses the places that somebody is limited to: the whole fleet, or some.
import { Checkbox, FormGroup, Radio } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Scope } from "../api/people";
import { useOffices } from "../lib/offices";

interface Asked {
  id: string;
  // Null: not limited.
  value: Scope | null;
  onChange: (value: Scope | null) => void;
  allText: string;
}

export function ScopeField({ id, value, onChange, allText }: Asked) {
  const { t } = useTranslation();
  const offices = useOffices();
  const has = (office: string) => value?.some((place) => place.id === office) ?? false;
  function toggle(office: string) {
    const rest = (value ?? []).filter((place) => place.id !== office);
    onChange(has(office) ? rest : [...rest, { kind: "office", id: office }]);
  }
  return (
    <FormGroup role="radiogroup" label={t("scope.label")} fieldId={id} isStack>
      <Radio id={`${id}-all`} name={id} label={allText} isChecked={value === null} onChange={() => onChange(null)} />
      <Radio id={`${id}-some`} name={id} label={t("scope.some")} description={t("scope.someText")}
        isChecked={value !== null} onChange={() => onChange(value ?? [])} />
      {value !== null && (
        <div role="group" aria-label={t("scope.offices")} className="w-choices">
          {offices.map((office) => (
            <Checkbox key={office.id} id={`${id}-${office.id}`} label={office.name} isChecked={has(office.id)}
              onChange={() => toggle(office.id)} />
          ))}
        </div>
      )}
    </FormGroup>
  );
}
