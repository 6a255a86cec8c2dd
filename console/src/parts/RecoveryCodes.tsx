// Recovery codes, shown once: to be saved, copied or printed before one goes on.
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQuery } from "@tanstack/react-query";
import { ActionGroup, Button, Checkbox, Content, Flex, FlexItem, Title } from "@patternfly/react-core";
import { sessionQuery } from "../api/queries";
import { saveFile } from "../lib/save";

interface Asked {
  codes: readonly string[];
  text: string;
  onDone: () => void;
}

export function RecoveryCodes({ codes, text, onDone }: Asked) {
  const { t } = useTranslation();
  const id = useId();
  const { data: session } = useQuery(sessionQuery);
  const [isStored, setStored] = useState(false);
  const [isCopied, setCopied] = useState(false);
  const head = t("twoFactor.fileHead", { account: session?.user.name ?? "", server: location.host });
  const file = `${head}\n\n${codes.join("\n")}\n`;
  function save() {
    saveFile(new Blob([file], { type: "text/plain;charset=utf-8" }), "warifu-recovery-codes.txt");
  }
  async function copy() {
    await navigator.clipboard.writeText(file);
    setCopied(true);
  }
  return (
    <section aria-labelledby={`${id}-title`}>
      <Title id={`${id}-title`} headingLevel="h2" size="lg">{t("twoFactor.codesTitle")}</Title>
      <Content component="p">{text}</Content>
      <ul className="w-codes" aria-label={t("twoFactor.codesList")}>
        {codes.map((code) => <li key={code} className="w-mono">{code}</li>)}
      </ul>
      <Flex className="w-unprinted">
        <FlexItem>
          <Button variant="secondary" onClick={save}>{t("twoFactor.download")}</Button>
        </FlexItem>
        <FlexItem>
          <Button variant="secondary" onClick={() => void copy()}>{isCopied ? t("common.copied") : t("twoFactor.copy")}</Button>
        </FlexItem>
        <FlexItem><Button variant="secondary" onClick={() => window.print()}>{t("twoFactor.print")}</Button></FlexItem>
      </Flex>
      <div className="w-unprinted">
        <Checkbox id={`${id}-stored`} label={t("twoFactor.stored")} isChecked={isStored}
          onChange={(_event, checked) => setStored(checked)} className="w-above" />
        <ActionGroup className="w-above">
          <Button isDisabled={!isStored} onClick={onDone}>{t("twoFactor.done")}</Button>
        </ActionGroup>
      </div>
    </section>
  );
}
