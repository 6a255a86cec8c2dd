// The bell with the number of alerts that nobody has acknowledged; what is
// behind it is loaded when it is first opened.
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { NotificationBadge } from "@patternfly/react-core";
import { alertsQuery } from "../api/alerts";
import { startChanges } from "../api/changes";
import { Loading } from "./Loading";

const AlertDrawer = lazy(() => import("./AlertDrawer"));

function variantOf(open: number, isCritical: boolean): "read" | "unread" | "attention" {
  if (open === 0) return "read";
  return isCritical ? "attention" : "unread";
}

export interface Bell {
  bell: ReactNode;
  drawer: ReactNode;
  isOpen: boolean;
}

export function useBell(): Bell {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLSpanElement>(null);
  const { data } = useQuery(alertsQuery);
  const open = data?.unacknowledged ?? 0;
  const isCritical = data?.items.some((alert) => alert.severity === "critical" && !alert.acknowledged) ?? false;
  function close() {
    setOpen(false);
    place.current?.querySelector("button")?.focus();
  }
  return {
    bell: (
      <span ref={place}>
        <NotificationBadge variant={variantOf(open, isCritical)} count={open} isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)} aria-label={t("alerts.bell", { count: open })} />
      </span>
    ),
    // Always something: PatternFly would build the page anew around a first one.
    drawer: isOpen ? <Suspense fallback={<Loading />}><AlertDrawer onClose={close} /></Suspense> : <span hidden />,
    isOpen,
  };
}

// What others change reaches the page, as long as somebody is signed in.
export function useChanges(): void {
  const client = useQueryClient();
  useEffect(() => startChanges(client), [client]);
}
