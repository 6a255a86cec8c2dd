// One computer enrols once more: a token of its own, then the command for it.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import type { Computer } from "../../api/client";
import type { NewToken } from "../../api/enrolment";
import { InstallCommand } from "./InstallCommand";
import { TokenDialog } from "./TokenDialog";
import { nameOf } from "../../lib/name";

export function EnrolAgain({ computer, onClose }: { computer: Computer; onClose: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<{ made: NewToken; server: string } | null>(null);
  if (!made)
    return <TokenDialog computer={computer} onClose={onClose} onMade={(next, server) => setMade({ made: next, server })} />;
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="again-title" aria-describedby="again-body">
      <ModalHeader title={t("enrolment.againTitle", { name: nameOf(computer) })} labelId="again-title" />
      <ModalBody id="again-body" tabIndex={0}><InstallCommand made={made.made} server={made.server} /></ModalBody>
      <ModalFooter><Button onClick={onClose}>{t("common.close")}</Button></ModalFooter>
    </Modal>
  );
}
