// Sessions as a table, each with a way to end it: the own ones (user null), or
// those of a user.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Label } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { endSession, endSessions, sessionsQuery } from "../api/sessions";
import type { UserSession } from "../api/sessions";
import { Dialog } from "./Dialog";
import { Loading } from "./Loading";
import { ProblemState } from "./ProblemState";
import { Time } from "./Time";
import { useToast } from "./Toasts";

type Open = { session: UserSession | null } | null;

function useEnd(user: string | null, open: Open, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: () => (open?.session ? endSession(user, open.session.id) : endSessions(user)),
    onSuccess: async () => {
      toast("success", t("sessions.ended"));
      onDone();
      await client.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
}

function EndDialog({ user, open, count, onClose }: {
  user: string | null; open: NonNullable<Open>; count: number; onClose: () => void;
}) {
  const { t } = useTranslation();
  const end = useEnd(user, open, onClose);
  const all = user === null ? "sessions.endOthers" : "sessions.endAll";
  return (
    <Dialog isDanger title={t(open.session ? "sessions.endTitle" : all)} submit={t("sessions.end")} isBusy={end.isPending}
      error={end.error} onSubmit={() => end.mutate()} onClose={onClose}>
      {open.session
        ? t("sessions.endText", { address: open.session.address })
        : t("sessions.endCount", { count })}
    </Dialog>
  );
}

function Row({ session, mayEnd, onEnd }: { session: UserSession; mayEnd: boolean; onEnd: () => void }) {
  const { t } = useTranslation();
  return (
    <Tr>
      <Td dataLabel={t("sessions.address")} modifier="breakWord">
        {session.address} {session.is_current && <Label isCompact color="blue">{t("sessions.this")}</Label>}
        {!session.secure && <Label isCompact color="orange">HTTP</Label>}
      </Td>
      <Td dataLabel={t("sessions.program")} modifier="breakWord">{session.user_agent ?? t("common.unknown")}</Td>
      <Td dataLabel={t("sessions.since")}><Time at={session.created_at} isExact /></Td>
      <Td dataLabel={t("sessions.lastUsed")}><Time at={session.last_used_at} /></Td>
      <Td isActionCell>
        {mayEnd && !session.is_current && (
          <Button variant="link" isInline onClick={onEnd} aria-label={`${t("sessions.end")}: ${session.address}`}>
            {t("sessions.end")}
          </Button>
        )}
      </Td>
    </Tr>
  );
}

export function Sessions({ user, mayEnd = true }: { user: string | null; mayEnd?: boolean }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(sessionsQuery(user));
  const [open, setOpen] = useState<Open>(null);
  if (!data) return error ? <ProblemState error={error} onRetry={() => void refetch()} /> : <Loading />;
  const others = data.items.filter((one) => user !== null || !one.is_current);
  return (
    <>
      {mayEnd && others.length > 0 && (
        <Button variant="secondary" isDanger onClick={() => setOpen({ session: null })}>
          {t(user === null ? "sessions.endOthers" : "sessions.endAll")}
        </Button>
      )}
      {data.items.length === 0 ? <p>{t("sessions.none")}</p> : (
        <Table aria-label={t("sessions.table")} variant="compact">
          <Thead>
            <Tr>
              <Th>{t("sessions.address")}</Th><Th>{t("sessions.program")}</Th><Th>{t("sessions.since")}</Th>
              <Th>{t("sessions.lastUsed")}</Th><Th screenReaderText={t("common.actions")} />
            </Tr>
          </Thead>
          <Tbody>
            {data.items.map((one) => (
              <Row key={one.id} session={one} mayEnd={mayEnd} onEnd={() => setOpen({ session: one })} />
            ))}
          </Tbody>
        </Table>
      )}
      {open && <EndDialog user={user} open={open} count={others.length} onClose={() => setOpen(null)} />}
    </>
  );
}
