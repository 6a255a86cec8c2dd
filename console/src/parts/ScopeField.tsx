// Chooses the places that somebody is limited to: the whole fleet, or some.
import { Checkbox, FormGroup, Radio } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { Scope } from "../api/people";
import { useStaticGroups } from "../lib/groups";
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
  // What an agent says of itself decides on one by criteria: it is no scope.
  const groups = useStaticGroups();
  const has = (place: string) => value?.some((one) => one.id === place) ?? false;
  function toggle(kind: Scope[number]["kind"], place: string) {
    const rest = (value ?? []).filter((one) => one.id !== place);
    onChange(has(place) ? rest : [...rest, { kind, id: place }]);
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
              onChange={() => toggle("office", office.id)} />
          ))}
        </div>
      )}
      {value !== null && groups.length > 0 && (
        <div role="group" aria-label={t("groups.ofScope")} className="w-choices">
          {groups.map((group) => (
            <Checkbox key={group.id} id={`${id}-${group.id}`} label={t("groups.asPlace", { name: group.name })}
              isChecked={has(group.id)} onChange={() => toggle("group", group.id)} />
          ))}
        </div>
      )}
    </FormGroup>
  );
}
