// What the tabs of one computer show of its inventory.
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Content } from "@patternfly/react-core";
import { formatBytes, formatNumber, formatTime } from "../lib/format";
import { useMay } from "../lib/may";
import { flag, list, number, rowsOf, single, text } from "../lib/inventory";
import type { Item, Sections } from "../lib/inventory";
import { Facts } from "./Facts";
import { Items, NoSection } from "./Items";

interface Asked { sections: Sections }

function join(...words: string[]): string {
  return words.filter(Boolean).join(" ");
}

function useSize() {
  const { i18n } = useTranslation();
  return (item: Item | undefined, name: string) => {
    const bytes = number(item, name);
    return bytes === null ? "" : formatBytes(bytes, i18n.language);
  };
}

function useYesNo() {
  const { t } = useTranslation();
  return (value: boolean | null) => (value === null ? "" : t(value ? "common.yes" : "common.no"));
}

export function HardwareTab({ sections }: Asked) {
  const { t } = useTranslation();
  const size = useSize();
  const hardware = single(sections["hardware"]);
  const memory = single(sections["memory"]);
  const processors = rowsOf(sections["processors"]);
  if (!sections["hardware"] && !sections["memory"]) return <NoSection />;
  return (
    <>
      <Facts rows={[
        [t("computer.manufacturer"), text(hardware, "manufacturer")],
        [t("computer.product"), join(text(hardware, "product"), text(hardware, "version"))],
        [t("computers.serial"), text(hardware, "serial")],
        [t("computer.firmware"), join(text(hardware, "firmware_vendor"), text(hardware, "firmware_version"), text(hardware, "firmware_date"))],
        [t("computers.architecture"), text(hardware, "architecture")],
        [t("computer.virtualization"), text(hardware, "virtualization")],
        ...processors.map(([key, item]): [string, string] => [
          processors.length > 1 ? `${t("computer.processor")} ${key}` : t("computer.processor"),
          `${text(item, "model")} (${t("computer.cores")}: ${text(item, "cores")}, ${t("computer.threads")}: ${text(item, "threads")})`,
        ]),
        [t("computer.memory"), size(memory, "total_bytes")],
        [t("computer.swap"), size(memory, "swap_bytes")],
      ]} />
      <Content component="h2">{t("computer.disks")}</Content>
      <Items label={t("computer.disks")} section={sections["disks"]} columns={[
        { title: t("computer.disk"), cell: (key) => key },
        { title: t("computer.model"), cell: (_key, item) => join(text(item, "vendor"), text(item, "model")) },
        { title: t("computers.serial"), cell: (_key, item) => text(item, "serial") },
        { title: t("computer.size"), cell: (_key, item) => size(item, "size_bytes") },
      ]} />
      <Content component="h2">{t("computer.filesystems")}</Content>
      <Items label={t("computer.filesystems")} section={sections["filesystems"]} columns={[
        { title: t("computer.mount"), cell: (key) => key },
        { title: t("computer.device"), cell: (_key, item) => text(item, "device") },
        { title: t("computer.type"), cell: (_key, item) => text(item, "type") },
        { title: t("computer.size"), cell: (_key, item) => size(item, "size_bytes") },
        { title: t("computer.used"), cell: (_key, item) => (number(item, "used_percent") === null ? "" : `${text(item, "used_percent")} %`) },
      ]} />
    </>
  );
}

export function SoftwareTab({ sections }: Asked) {
  const { t, i18n } = useTranslation();
  const system = single(sections["operating_system"]);
  return (
    <>
      {system && (
        <Facts rows={[
          [t("computers.os"), text(system, "pretty_name") || join(text(system, "name"), text(system, "version"))],
          [t("computer.kernel"), join(text(system, "kernel"), text(system, "kernel_release"))],
          [t("computer.hostname"), text(system, "hostname")],
          [t("computer.timezone"), text(system, "timezone")],
        ]} />
      )}
      <Items label={t("computer.software")} section={sections["packages"]} columns={[
        { title: t("computer.package"), cell: (key, item) => <WhoHas name={text(item, "name") || key} /> },
        { title: t("computer.version"), cell: (_key, item) => text(item, "version") },
        { title: t("computers.architecture"), cell: (_key, item) => text(item, "architecture") },
        { title: t("computer.vendor"), cell: (_key, item) => text(item, "vendor") },
        { title: t("computer.installed"), cell: (_key, item) => safeTime(text(item, "installed_at"), i18n.language) },
      ]} />
    </>
  );
}

// The title among those of all computers.
function WhoHas({ name }: { name: string }) {
  const { t } = useTranslation();
  const mayRead = useMay("software", "read");
  if (!mayRead) return <>{name}</>;
  const to = `/software?${new URLSearchParams({ search: name.slice(0, 128) }).toString()}`;
  return <Link to={to} title={t("software.whoHasOne", { name })}>{name}</Link>;
}

// What an agent calls a time need not be one.
function safeTime(value: string, language: string): string {
  return Number.isNaN(Date.parse(value)) ? value : formatTime(value, language);
}

export function ServicesTab({ sections }: Asked) {
  const { t } = useTranslation();
  return (
    <Items label={t("computer.services")} section={sections["services"]} columns={[
      { title: t("computer.service"), cell: (key) => key },
      { title: t("computer.description"), cell: (_key, item) => text(item, "description") },
      { title: t("computer.start"), cell: (_key, item) => text(item, "start") },
      { title: t("computer.serviceState"), cell: (_key, item) => join(text(item, "state"), text(item, "substate") && `(${text(item, "substate")})`) },
    ]} />
  );
}

export function UsersTab({ sections }: Asked) {
  const { t } = useTranslation();
  const yesNo = useYesNo();
  return (
    <Items label={t("computer.users")} section={sections["users"]} columns={[
      { title: t("computer.login"), cell: (key) => key },
      { title: t("computer.fullName"), cell: (_key, item) => text(item, "full_name") },
      { title: t("computer.uid"), cell: (_key, item) => text(item, "uid") },
      { title: t("computer.groups"), cell: (_key, item) => list(item, "groups").join(", ") },
      { title: t("computer.administrator"), cell: (_key, item) => yesNo(flag(item, "administrator")) },
      { title: t("computer.canLogIn"), cell: (_key, item) => yesNo(flag(item, "can_log_in")) },
    ]} />
  );
}

export function NetworkTab({ sections }: Asked) {
  const { t, i18n } = useTranslation();
  const yesNo = useYesNo();
  return (
    <Items label={t("computer.network")} section={sections["interfaces"]} columns={[
      { title: t("computer.interface"), cell: (key) => key },
      { title: t("computer.kind"), cell: (_key, item) => text(item, "kind") },
      { title: t("computer.addresses"), cell: (_key, item) => list(item, "addresses").join(", ") },
      { title: t("computer.mac"), cell: (_key, item) => text(item, "mac") },
      {
        title: t("computer.speed"),
        cell: (_key, item) => {
          const speed = number(item, "speed_mbps");
          return speed === null ? "" : t("computer.mbps", { count: speed, formatted: formatNumber(speed, i18n.language) });
        },
      },
      { title: t("computer.up"), cell: (_key, item) => yesNo(flag(item, "up")) },
    ]} />
  );
}
