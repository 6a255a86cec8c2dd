// How it goes with many computers: done, refused with the reasons, left.
import { useTranslation } from "react-i18next";
import { Alert, Button, Content, Progress, ProgressMeasureLocation } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { Problem } from "../api/client";
import { useProblemText } from "../i18n/problem";
import type { BulkAction, BulkItem, BulkState } from "../lib/bulk";
import { csvOf, save } from "../lib/csv";
import { formatNumber } from "../lib/format";
import { Facts } from "./Facts";
import { ProblemAlert } from "./ProblemAlert";

const SHOWN = 100;

interface Asked {
  action: BulkAction;
  state: BulkState;
  isRunning: boolean;
  error: unknown;
}

function useReason(): (item: BulkItem) => string {
  const text = useProblemText();
  return (item) => text(new Problem(item.code ?? "internal", 409, item.detail ?? ""));
}

function Refused({ items }: { items: BulkItem[] }) {
  const { t, i18n } = useTranslation();
  const reasonOf = useReason();
  const titles = [t("common.name"), t("computer.id"), t("bulk.reason")];
  function keep() {
    const rows = items.map((item) => [item.name ?? "", item.computer_id, reasonOf(item)]);
    save(new Blob([csvOf(titles, rows)], { type: "text/csv" }), "refused.csv");
  }
  return (
    <>
      <Content component="h2">{t("bulk.refusedTitle", { count: items.length, formatted: formatNumber(items.length, i18n.language) })}</Content>
      <div className="w-scroll">
        <Table aria-label={t("bulk.refused")} variant="compact">
          <Thead><Tr><Th>{titles[0]}</Th><Th>{titles[2]}</Th></Tr></Thead>
          <Tbody>
            {items.slice(0, SHOWN).map((item) => (
              <Tr key={item.computer_id}>
                <Td dataLabel={titles[0]} modifier="breakWord">{item.name ?? item.computer_id}</Td>
                <Td dataLabel={titles[2]} modifier="breakWord">{reasonOf(item)}</Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
      {items.length > SHOWN && <Content component="p">{t("bulk.refusedMore", { count: SHOWN })}</Content>}
      <Button variant="link" isInline onClick={keep}>{t("bulk.refusedCsv")}</Button>
    </>
  );
}

export function BulkReport({ action, state, isRunning, error }: Asked) {
  const { t, i18n } = useTranslation();
  const number = (value: number) => formatNumber(value, i18n.language);
  const settled = state.total - state.left;
  const text = t("bulk.progress", { settled: number(settled), total: number(state.total) });
  return (
    <>
      <Progress value={settled} max={state.total} title={t(`bulk.${action}Progress`)} label={text} valueText={text}
        measureLocation={ProgressMeasureLocation.outside} {...(state.left === 0 && { variant: "success" as const })} />
      <div role="status">
        {isRunning && state.isWaiting && <Alert variant="info" isInline isPlain title={t("bulk.waiting")} component="p" />}
        {!isRunning && state.left > 0 && <Alert variant="warning" isInline isPlain component="p" title={t("bulk.stopped")} />}
        {!isRunning && state.left === 0 && <Alert variant="success" isInline isPlain component="p" title={t("bulk.finished")} />}
      </div>
      <ProblemAlert error={error} />
      <Facts rows={[
        [t("bulk.done"), number(state.done)],
        [t("bulk.already"), state.already > 0 ? number(state.already) : null],
        [t("bulk.refused"), number(state.refused.length)],
        [t("bulk.left"), number(state.left)],
      ]} />
      {state.refused.length > 0 && <Refused items={state.refused} />}
    </>
  );
}
