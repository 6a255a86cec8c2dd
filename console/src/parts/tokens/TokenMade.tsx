// A new API token's secret, shown this once.
import { Alert, Button, ClipboardCopy, Content, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import type { MadeToken } from "./TokenCreate";

export function TokenMade({ made, onClose }: { made: MadeToken; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal isOpen variant="medium" onClose={onClose} aria-labelledby="token-made-title" aria-describedby="token-made-body">
      <ModalHeader title={t("apiTokens.madeTitle", { name: made.api_token.name })} labelId="token-made-title" />
      <ModalBody id="token-made-body">
        <Content component="p">{t("apiTokens.madeText")}</Content>
        <ClipboardCopy isReadOnly hoverTip={t("common.copy")} clickTip={t("common.copied")}
          textAriaLabel={t("apiTokens.secret")} copyAriaLabel={t("common.copy")}>
          {made.secret}
        </ClipboardCopy>
        <Alert variant="warning" isInline isPlain title={t("apiTokens.madeOnce")} component="p" />
      </ModalBody>
      <ModalFooter><Button onClick={onClose}>{t("common.close")}</Button></ModalFooter>
    </Modal>
  );
}
