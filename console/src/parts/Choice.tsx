// One of a few values, in a menu.
import { useState } from "react";
import { MenuToggle, Select, SelectList, SelectOption } from "@patternfly/react-core";

interface Asked {
  label: string;
  value: string;
  options: { value: string; text: string }[];
  onChange: (value: string) => void;
  id?: string;
  isFullWidth?: boolean;
}

export function Choice({ label, value, options, onChange, id, isFullWidth = false }: Asked) {
  const [isOpen, setOpen] = useState(false);
  const text = options.find((option) => option.value === value)?.text ?? value;
  return (
    <Select
      isOpen={isOpen}
      selected={value}
      onOpenChange={setOpen}
      onSelect={(_event, next) => {
        setOpen(false);
        onChange(String(next));
      }}
      isScrollable
      aria-label={label}
      toggle={(ref) => (
        <MenuToggle ref={ref} id={id} isExpanded={isOpen} isFullWidth={isFullWidth} onClick={() => setOpen(!isOpen)}
          aria-label={`${label}: ${text}`}>{text}</MenuToggle>
      )}
    >
      <SelectList aria-label={label}>
        {options.map((option) => <SelectOption key={option.value} value={option.value}>{option.text}</SelectOption>)}
      </SelectList>
    </Select>
  );
}
