// A question with a form in it: what is asked, why it was refused, two buttons.
import { useId } from "react";
import type { SyntheticEvent, ReactNode } from "react";
import { Button, Form, Modal, ModalBody, ModalFooter, ModalHeader } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";
import { ProblemAlert } from "./ProblemAlert";

interface Asked {
  title: string;
  submit: string;
  children: ReactNode;
  onSubmit: () => void;
  onClose: () => void;
  isDanger?: boolean;
  isReady?: boolean;
  isBusy: boolean;
  error: unknown;
  // Loads again what somebody else has changed meanwhile.
  onLookAgain?: () => void;
  isWide?: boolean;
}

export function Dialog({ title, submit, children, onSubmit, onClose, isDanger, isReady = true, isBusy, error, ...more }: Asked) {
  const { t } = useTranslation();
  const id = useId();
  function send(event: SyntheticEvent) {
    event.preventDefault();
    if (isReady && !isBusy) onSubmit();
  }
  return (
    <Modal isOpen variant={more.isWide ? "medium" : "small"} onClose={onClose} aria-labelledby={`${id}-title`} aria-describedby={`${id}-body`}>
      <ModalHeader title={title} labelId={`${id}-title`} {...(isDanger && { titleIconVariant: "warning" })} />
      <ModalBody id={`${id}-body`}>
        <Form id={`${id}-form`} onSubmit={send}>
          <ProblemAlert error={error} onLookAgain={more.onLookAgain} />
          {children}
        </Form>
      </ModalBody>
      <ModalFooter>
        <Button type="submit" form={`${id}-form`} variant={isDanger ? "danger" : "primary"} isLoading={isBusy}
          isDisabled={!isReady || isBusy}>{submit}</Button>
        <Button variant="link" onClick={onClose}>{t("common.cancel")}</Button>
      </ModalFooter>
    </Modal>
  );
}
