// The actions of one row, behind a button with a name of its own.
import { useState } from "react";
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { EllipsisVIcon } from "@patternfly/react-icons/dist/esm/icons/ellipsis-v-icon";
import { useTranslation } from "react-i18next";

export interface RowAction {
  title: string;
  onClick: () => void;
  isDisabled?: boolean;
  isDanger?: boolean;
}

export function RowActions({ of, actions }: { of: string; actions: RowAction[] }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      shouldFocusFirstItemOnOpen
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} variant="plain" isExpanded={isOpen} icon={<EllipsisVIcon />}
          aria-label={`${t("common.actions")}: ${of}`} onClick={() => setOpen(!isOpen)} />
      )}
    >
      <DropdownList>
        {actions.map(({ title, onClick, isDisabled = false, isDanger = false }) => (
          <DropdownItem key={title} isDisabled={isDisabled} isDanger={isDanger} onClick={onClick}>{title}</DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
