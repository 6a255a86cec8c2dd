// Takes the audit log away as a file, filtered as it is shown.
import { useState } from "react";
import { Dropdown, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { exportAudit } from "../../api/audit";
import type { AuditFilter, ExportFormat } from "../../api/audit";
import { useProblemText } from "../../i18n/problem";
import { saveFile } from "../../lib/save";
import { useToast } from "../Toasts";

const FORMATS = ["csv", "jsonl"] as const;

export function ExportMenu({ filter }: { filter: AuditFilter }) {
  const { t } = useTranslation();
  const toast = useToast();
  const text = useProblemText();
  const [isOpen, setOpen] = useState(false);
  const take = useMutation({
    mutationFn: async (format: ExportFormat) => saveFile(await exportAudit(format, filter), `audit.${format}`),
    onError: (error) => toast("danger", text(error)),
  });
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} isDisabled={take.isPending} onClick={() => setOpen(!isOpen)}>
          {t(take.isPending ? "audit.exporting" : "audit.export")}
        </MenuToggle>
      )}
    >
      <DropdownList>
        {FORMATS.map((format) => (
          <DropdownItem key={format} description={t(`audit.about_${format}`)} onClick={() => take.mutate(format)}>
            {t(`audit.as_${format}`)}
          </DropdownItem>
        ))}
      </DropdownList>
    </Dropdown>
  );
}
