// The tally and the product's name.
import { useTranslation } from "react-i18next";

export function Brand() {
  const { t } = useTranslation();
  return (
    <span className="w-brand">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="6" fill="#004d99" />
        <path d="M7 6h8v6l-3 2 3 2-3 3 3 2v5H7z" fill="#fff" />
        <path d="M17 6h8v20h-8v-5l-3-2 3-3-3-2 3-2z" fill="#92c5f9" />
      </svg>
      {t("product")}
    </span>
  );
}
