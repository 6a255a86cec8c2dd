// The alerts behind the bell: what each means, what to do, who has seen to it.
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  Button, EmptyState, EmptyStateBody, NotificationDrawer, NotificationDrawerBody, NotificationDrawerHeader,
  NotificationDrawerList, NotificationDrawerListItem, NotificationDrawerListItemBody, NotificationDrawerListItemHeader,
} from "@patternfly/react-core";
import { acknowledge, alertsQuery, reopen } from "../api/alerts";
import type { Alert } from "../api/alerts";
import { sessionQuery } from "../api/queries";
import { linkOf, mayAcknowledge, titleOf } from "../lib/alert";
import { ProblemAlert } from "./ProblemAlert";
import { Time } from "./Time";

const VARIANTS = { notice: "info", warning: "warning", critical: "danger" } as const;

function Action({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const change = useMutation({
    mutationFn: async () => {
      if (alert.acknowledged) await reopen(alert.kind);
      else await acknowledge(alert.kind);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["alerts"] }),
  });
  if (!mayAcknowledge(alert.kind, session?.permissions, session?.scope != null)) return null;
  return (
    <>
      {change.error && <ProblemAlert error={change.error} />}
      <Button variant="link" isInline isAriaDisabled={change.isPending} onClick={() => change.mutate()}
        aria-label={`${t(alert.acknowledged ? "alerts.reopen" : "alerts.acknowledge")}: ${titleOf(t, alert)}`}>
        {t(alert.acknowledged ? "alerts.reopen" : "alerts.acknowledge")}
      </Button>
    </>
  );
}

function Item({ alert, onLeave }: { alert: Alert; onLeave: () => void }) {
  const { t } = useTranslation();
  const link = linkOf(alert);
  const isRead = alert.acknowledged !== null;
  return (
    <NotificationDrawerListItem variant={VARIANTS[alert.severity]} isRead={isRead} isHoverable={false} tabIndex={-1}
      readStateScreenReaderText={t(isRead ? "alerts.isAcknowledged" : "alerts.isOpen")} data-kind={alert.kind}>
      <NotificationDrawerListItemHeader variant={VARIANTS[alert.severity]} title={titleOf(t, alert)} headingLevel="h2"
        srTitle={t(`alerts.severity.${alert.severity}`)} />
      <NotificationDrawerListItemBody timestamp={alert.since !== null && <Time at={alert.since} />}>
        {/* PatternFly presses whatever Enter reaches here once more. */}
        <div className="w-alert" onKeyDown={(event) => event.key === "Enter" && event.stopPropagation()}>
          <p>{t(`alerts.text.${alert.kind}`)}</p>
          {alert.acknowledged && (
            <p>{t("alerts.by", { name: alert.acknowledged.by })} <Time at={alert.acknowledged.at} /></p>
          )}
          <div className="w-alert__actions">
            {link && <Link to={link} onClick={onLeave}>{t("alerts.show", { count: alert.count })}</Link>}
            <Action alert={alert} />
          </div>
        </div>
      </NotificationDrawerListItemBody>
    </NotificationDrawerListItem>
  );
}

export default function AlertDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const { data } = useQuery(alertsQuery);
  const items = data?.items ?? [];
  useEffect(() => place.current?.focus(), []);
  return (
    <NotificationDrawer ref={place} tabIndex={-1} role="region" aria-label={t("alerts.label")}
      onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <NotificationDrawerHeader title={t("alerts.label")} customText={t("alerts.open", { count: data?.unacknowledged ?? 0 })}
        onClose={onClose} closeButtonAriaLabel={t("common.close")} />
      <NotificationDrawerBody>
        {items.length === 0 && (
          <EmptyState titleText={t("alerts.none")} headingLevel="h2"><EmptyStateBody>{t("alerts.noneText")}</EmptyStateBody></EmptyState>
        )}
        {items.length > 0 && (
          <NotificationDrawerList aria-label={t("alerts.label")}>
            {items.map((alert) => <Item key={alert.kind} alert={alert} onLeave={onClose} />)}
          </NotificationDrawerList>
        )}
      </NotificationDrawerBody>
    </NotificationDrawer>
  );
}
