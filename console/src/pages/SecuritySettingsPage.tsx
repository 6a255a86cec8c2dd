// Security settings: passwords, lock-out, the life of sessions, a second factor
// for all.
import { useTranslation } from "react-i18next";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PageSection, Stack, StackItem } from "@patternfly/react-core";
import { sessionQuery } from "../api/queries";
import { changeSecuritySettings, securitySettingsQuery } from "../api/settings";
import type { SecuritySettings } from "../api/settings";
import { formatNumber } from "../lib/format";
import { useMay } from "../lib/may";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { RequireTwoFactorCard } from "../parts/RequireTwoFactorCard";
import { SettingsForm } from "../parts/SettingsForm";
import type { SettingCard } from "../parts/SettingsForm";

function useCards(settings: SecuritySettings): SettingCard[] {
  const { t, i18n } = useTranslation();
  const inForce = (seconds: number, unit: number, key: "settings.inForceMinutes" | "settings.inForceHours", name: string) => {
    const text = t(key, { value: formatNumber(Math.round((seconds / unit) * 10) / 10, i18n.language) });
    return settings.stricter_in_file.includes(name) ? `${text} ${t("settings.fileIsStricter")}` : text;
  };
  return [
    {
      title: t("settings.passwords"),
      fields: [
        { name: "password_minimum_length", label: t("settings.minimumLength"), help: t("settings.minimumLengthHelp"), least: 8, most: 128, isOptional: false },
        { name: "password_history", label: t("settings.history"), help: t("settings.historyHelp"), least: 0, most: 24, isOptional: false },
      ],
    },
    {
      title: t("settings.lockout"),
      fields: [
        { name: "lockout_attempts", label: t("settings.attempts"), help: t("settings.attemptsHelp"), least: 3, most: 100, isOptional: false },
        { name: "lockout_minutes", label: t("settings.lockMinutes"), help: t("settings.lockMinutesHelp"), least: 1, most: 1440, isOptional: false },
      ],
    },
    {
      title: t("settings.sessions"),
      fields: [
        {
          name: "session_idle_minutes", label: t("settings.idle"), help: t("settings.fileHelp"), least: 1, most: 1440, isOptional: true,
          inForce: inForce(settings.in_force.session_idle_seconds, 60, "settings.inForceMinutes", "session_idle_minutes"),
        },
        {
          name: "session_longest_hours", label: t("settings.longest"), help: t("settings.fileHelp"), least: 1, most: 720, isOptional: true,
          inForce: inForce(settings.in_force.session_longest_seconds, 3600, "settings.inForceHours", "session_longest_hours"),
        },
      ],
    },
  ];
}

function Settings({ settings, onReload }: { settings: SecuritySettings; onReload: () => void }) {
  const client = useQueryClient();
  const { password_minimum_length, password_history, lockout_attempts, lockout_minutes, session_idle_minutes, session_longest_hours } = settings;
  return (
    <SettingsForm cards={useCards(settings)} onReload={onReload} mayChange={useMay("security", "full")}
      values={{ password_minimum_length, password_history, lockout_attempts, lockout_minutes, session_idle_minutes, session_longest_hours }}
      save={async (changes) => {
        client.setQueryData(securitySettingsQuery.queryKey, await changeSecuritySettings(settings.version, changes));
        await client.invalidateQueries({ queryKey: sessionQuery.queryKey });
      }} />
  );
}

export function SecuritySettingsPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(securitySettingsQuery);
  return (
    <>
      <PageHead title={t("settings.security")} />
      <PageSection>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && (
          <Stack hasGutter>
            <StackItem><Settings settings={data} onReload={() => void refetch()} /></StackItem>
            <StackItem><RequireTwoFactorCard /></StackItem>
          </Stack>
        )}
      </PageSection>
    </>
  );
}
