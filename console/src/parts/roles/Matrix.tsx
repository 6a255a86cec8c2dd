// What a role may do: a level in each module; to look at, or to choose.
import { Radio } from "@patternfly/react-core";
import { CheckIcon } from "@patternfly/react-icons/dist/esm/icons/check-icon";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { useTranslation } from "react-i18next";
import { LEVELS, MODULES } from "../../lib/may";
import type { Level, Levels, Module } from "../../lib/may";

interface Asked {
  label: string;
  levels: Levels;
  // Where it is chosen: whether one may give so much, and what was chosen.
  mayGive?: (module: Module, level: Level) => boolean;
  onChange?: (module: Module, level: Level) => void;
}

export function Matrix({ label, levels, mayGive = () => true, onChange }: Asked) {
  const { t } = useTranslation();
  function cell(module: Module, level: Level) {
    const isChosen = levels[module] === level;
    const name = `${t(`module.${module}`)}: ${t(`level.${level}`)}`;
    if (onChange)
      return (
        <Radio id={`${module}-${level}`} name={`level-${module}`} aria-label={name} isChecked={isChosen}
          isDisabled={!mayGive(module, level)} onChange={() => onChange(module, level)} />
      );
    return isChosen ? <span role="img" aria-label={name} title={name}><CheckIcon aria-hidden="true" /></span> : null;
  }
  return (
    <Table aria-label={label} variant="compact" gridBreakPoint="" className="w-matrix">
      <Thead>
        <Tr>
          <Th modifier="wrap">{t("roles.module")}</Th>
          {LEVELS.map((level) => <Th key={level} modifier="nowrap" textCenter>{t(`level.${level}`)}</Th>)}
        </Tr>
      </Thead>
      <Tbody>
        {MODULES.map((module) => (
          <Tr key={module}>
            <Th modifier="wrap">{t(`module.${module}`)}</Th>
            {LEVELS.map((level) => <Td key={level} textCenter>{cell(module, level)}</Td>)}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}
