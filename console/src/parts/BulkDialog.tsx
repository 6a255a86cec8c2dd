// Something done to many computers: who they are, what it will do and to how
// many, and then how it goes.
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useQueryClient } from "@tanstack/react-query";
import { Button, Content, Modal, ModalBody, ModalFooter, ModalHeader, Spinner } from "@patternfly/react-core";
import { askBulk, mayAskAgain } from "../api/computers";
import type { BulkWish } from "../api/computers";
import { officesQuery } from "../api/queries";
import { runBulk } from "../lib/bulk";
import type { BulkAction, BulkState } from "../lib/bulk";
import { formatNumber } from "../lib/format";
import { useOffices } from "../lib/offices";
import type { Selection } from "../lib/selection";
import { BulkForm } from "./BulkForm";
import { BulkReport } from "./BulkReport";
import { ProblemAlert } from "./ProblemAlert";
import { pause, useIds } from "./useIds";
import type { Filter } from "./useIds";

// So many in one request: what cannot be undone in parts that the server writes
// at once.
const PART: Record<BulkAction, number> = { refresh: 200, move: 200, retire: 50, revoke: 50 };

function useRun(action: BulkAction) {
  const client = useQueryClient();
  const [state, setState] = useState<BulkState | null>(null);
  const [end, setEnd] = useState<{ rest: string[]; error: unknown } | null>(null);
  const [isRunning, setRunning] = useState(false);
  const isStopped = useRef(false);
  // Who goes to another page stops it: nobody would hear of its end.
  useEffect(() => {
    isStopped.current = false;
    return () => { isStopped.current = true; };
  }, []);
  async function run(ids: string[], wish: Omit<BulkWish, "action">) {
    const from = state ?? undefined;
    isStopped.current = false;
    setRunning(true);
    setEnd(null);
    const done = await runBulk({
      ids, part: PART[action], ask: (part) => askBulk({ action, ...wish }, part), mayRetry: mayAskAgain, pause,
      isStopped: () => isStopped.current, onState: setState, ...(from && { from }),
    });
    setEnd(done);
    setRunning(false);
    await client.invalidateQueries({ queryKey: ["computers"] });
    await client.invalidateQueries({ queryKey: officesQuery.queryKey });
  }
  return { state, end, isRunning, run, stop: () => { isStopped.current = true; } };
}

interface Asked {
  action: BulkAction;
  selection: Selection;
  filter: Filter;
  onClose: (isDone: boolean) => void;
}

export function BulkDialog({ action, selection, filter, onClose }: Asked) {
  const { t, i18n } = useTranslation();
  const { ids, found, error } = useIds(selection, filter);
  const offices = useOffices();
  const { state, end, isRunning, run, stop } = useRun(action);
  const [wish, setWish] = useState({ office: "", reason: "" });
  const [typed, setTyped] = useState("");
  const count = ids?.length ?? 0;
  const isDanger = action === "revoke" || action === "retire";
  const needsNumber = isDanger && count > 1;
  const isReady = count > 0 && (action !== "move" || wish.office !== "") && (action !== "revoke" || wish.reason.trim() !== "") &&
    (!needsNumber || typed.replace(/[\s,.]/g, "") === String(count));
  const formatted = formatNumber(count, i18n.language);
  const start = (all: string[]) => void run(all, { office: wish.office, reason: wish.reason.trim() });
  const close = () => onClose(state !== null);
  return (
    <Modal isOpen variant="medium" aria-labelledby="bulk-title" aria-describedby="bulk-body" {...(!isRunning && { onClose: close })}>
      <ModalHeader title={ids ? t(`bulk.${action}Title`, { count, formatted }) : t("bulk.gathering")} labelId="bulk-title"
        {...(isDanger && { titleIconVariant: "warning" as const })} />
      <ModalBody id="bulk-body">
        <ProblemAlert error={error} />
        {!ids && !error && (
          <Content component="p" role="status">
            <Spinner size="md" aria-label={t("bulk.gathering")} /> {t("bulk.found", { count: found, formatted: formatNumber(found, i18n.language) })}
          </Content>
        )}
        {ids && !state && (
          <BulkForm action={action} count={count} offices={offices} wish={wish} onWish={setWish}
            typed={typed} onTyped={setTyped} needsNumber={needsNumber} onSubmit={() => { if (isReady) start(ids); }} />
        )}
        {state && <BulkReport action={action} state={state} isRunning={isRunning} error={end?.error} />}
      </ModalBody>
      <ModalFooter>
        {ids && !state && (
          <Button type="submit" form="bulk-form" variant={isDanger ? "danger" : "primary"} isDisabled={!isReady}>{t(`action.${action}`)}</Button>
        )}
        {isRunning && <Button variant="secondary" onClick={stop}>{t("bulk.stop")}</Button>}
        {end && end.rest.length > 0 && (
          <Button variant="secondary" onClick={() => start(end.rest)}>{t("bulk.goOn", { formatted: formatNumber(end.rest.length, i18n.language), count: end.rest.length })}</Button>
        )}
        {!isRunning && <Button variant={state ? "primary" : "link"} onClick={close}>{t(state ? "common.close" : "common.cancel")}</Button>}
      </ModalFooter>
    </Modal>
  );
}
