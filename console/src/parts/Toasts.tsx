// Short messages about what was done.
import { createContext, useCallback, useContext, useMemo, useState } from "react";
import type { ReactNode } from "react";
import { Alert, AlertActionCloseButton, AlertGroup } from "@patternfly/react-core";
import { useTranslation } from "react-i18next";

type Kind = "success" | "info" | "danger";
interface Toast { id: number; kind: Kind; text: string }
const SHOWN_MS = 8000;
const Context = createContext<(kind: Kind, text: string) => void>(() => undefined);
let lastId = 0;

export function useToast() {
  return useContext(Context);
}

export function Toasts({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const drop = useCallback((id: number) => setToasts((all) => all.filter((toast) => toast.id !== id)), []);
  const add = useCallback((kind: Kind, text: string) => {
    setToasts((all) => [...all, { id: ++lastId, kind, text }]);
  }, []);
  const value = useMemo(() => add, [add]);
  return (
    <Context value={value}>
      {children}
      <AlertGroup isToast isLiveRegion hasAnimations={false}>
        {toasts.map(({ id, kind, text }) => (
          <Alert key={id} variant={kind} title={text} component="p" timeout={kind === "danger" ? false : SHOWN_MS}
            onTimeout={() => drop(id)}
            actionClose={<AlertActionCloseButton aria-label={t("common.close")} onClose={() => drop(id)} />} />
        ))}
      </AlertGroup>
    </Context>
  );
}
