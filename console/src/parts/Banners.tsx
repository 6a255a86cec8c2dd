// What concerns every page: a server that is away, a connection that all read.
import { useEffect, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert } from "@patternfly/react-core";
import { isServerReachable, onReach } from "../api/reach";
import { useHttpsUrl } from "../api/ports";
import { statusQuery } from "../api/queries";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function isReadByOthers(where: Location): boolean {
  return where.protocol === "http:" && !LOOPBACK.test(where.hostname);
}

export function ReachBanner() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const isReachable = useSyncExternalStore(onReach, isServerReachable);
  useEffect(() => {
    if (isReachable) void client.refetchQueries({ type: "active" });
  }, [client, isReachable]);
  return (
    <div role="status" aria-live="polite">
      {!isReachable && <Alert variant="warning" isInline title={t("banner.away")} component="p" />}
    </div>
  );
}

export function PlainBanner() {
  const { t } = useTranslation();
  const url = useHttpsUrl();
  if (!isReadByOthers(location)) return null;
  return (
    <Alert variant="danger" isInline title={t("banner.plain", { url: url ?? "HTTPS" })} component="p"
      actionLinks={url !== null && <a href={url}>{t("banner.toHttps")}</a>} />
  );
}

export function Banners() {
  useQuery({ ...statusQuery, enabled: false });
  return <><ReachBanner /><PlainBanner /></>;
}
