// What one may do to a remote office, behind one button.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Office } from "../../api/client";
import { useMay } from "../../lib/may";
import { RowActions } from "../RowActions";
import { OfficeDelete } from "./OfficeDelete";
import { OfficeRename } from "./OfficeRename";

export function OfficeActions({ office, onDeleted }: { office: Office; onDeleted?: () => void }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<"rename" | "delete" | null>(null);
  const mayRename = useMay("offices", "write");
  const mayDelete = useMay("offices", "full") && !office.is_local;
  const close = () => setKind(null);
  return (
    <>
      {mayRename && (
        <RowActions of={office.name} actions={[
          { title: t("offices.rename"), onClick: () => setKind("rename") },
          ...(mayDelete ? [{
            title: t("offices.delete"), onClick: () => setKind("delete"), isDisabled: office.computer_count > 0,
          }] : []),
        ]} />
      )}
      {kind === "rename" && <OfficeRename office={office} onClose={close} />}
      {kind === "delete" && <OfficeDelete office={office} onClose={close} {...(onDeleted && { onDeleted })} />}
    </>
  );
}
