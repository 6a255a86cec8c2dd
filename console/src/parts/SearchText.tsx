// A text to look for, told a moment after the last key.
import { useEffect, useState } from "react";
import { SearchInput } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";

const TYPING_MS = 300;

interface Asked {
  label: string;
  value: string;
  onChange: (value: string) => void;
  maxLength?: number;
}

export function SearchText({ label, value, onChange, maxLength = 128 }: Asked) {
  const { t } = useTranslation();
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  // Changed from outside.
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  useEffect(() => {
    if (text === value) return undefined;
    const timer = setTimeout(() => {
      setTold(text);
      onChange(text);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <SearchInput value={text} placeholder={label} aria-label={label} onChange={(_event, next) => setText(next)}
      onClear={() => setText("")} resetButtonLabel={t("common.clearSearch")} maxLength={maxLength} />
  );
}
