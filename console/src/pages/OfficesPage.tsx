// Remote offices: their names, and how many computers each has.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, FormGroup, Label, PageSection, TextInput } from "@patternfly/react-core";
import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import { api, ask } from "../api/client";
import type { Office } from "../api/client";
import { officesQuery } from "../api/queries";
import { formatNumber } from "../lib/format";
import { Dialog } from "../parts/Dialog";
import { Loading } from "../parts/Loading";
import { PageHead } from "../parts/PageHead";
import { ProblemState } from "../parts/ProblemState";
import { RowActions } from "../parts/RowActions";
import { Time } from "../parts/Time";
import { useToast } from "../parts/Toasts";

type Open = { kind: "create" } | { kind: "rename" | "delete"; office: Office } | null;

function useChange(open: Open, onDone: () => void) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: async (name: string) => {
      if (open?.kind === "create") {
        await ask(api.POST("/api/v1/offices", { body: { name } }));
        return t("offices.created2");
      }
      if (!open) return "";
      const path = { office_id: open.office.id };
      if (open.kind === "rename") {
        await ask(api.PATCH("/api/v1/offices/{office_id}", { params: { path }, body: { name } }));
        return t("offices.renamed");
      }
      await ask(api.DELETE("/api/v1/offices/{office_id}", { params: { path } }));
      return t("offices.deleted");
    },
    onSuccess: async (text) => {
      toast("success", text);
      onDone();
      await client.invalidateQueries({ queryKey: officesQuery.queryKey });
    },
  });
}

function OfficeDialog({ open, onClose }: { open: NonNullable<Open>; onClose: () => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState(open.kind === "rename" ? open.office.name : "");
  const change = useChange(open, onClose);
  const isDelete = open.kind === "delete";
  const title = open.kind === "create"
    ? t("offices.create")
    : t(isDelete ? "offices.deleteTitle" : "offices.renameTitle", { name: open.office.name });
  return (
    <Dialog title={title} isDanger={isDelete} submit={isDelete ? t("offices.delete") : t("common.save")}
      isReady={isDelete || name.trim() !== ""} isBusy={change.isPending} error={change.error}
      onSubmit={() => change.mutate(name.trim())} onClose={onClose}>
      {isDelete ? t("offices.deleteText") : (
        <FormGroup label={t("common.name")} fieldId="office-name" isRequired>
          <TextInput id="office-name" isRequired maxLength={128} value={name} autoFocus
            onChange={(_event, value) => setName(value)} />
        </FormGroup>
      )}
    </Dialog>
  );
}

function Row({ office, onOpen }: { office: Office; onOpen: (open: Open) => void }) {
  const { t, i18n } = useTranslation();
  const items = [
    { title: t("offices.rename"), onClick: () => onOpen({ kind: "rename", office }) },
    ...(office.is_local ? [] : [{
      title: t("offices.delete"), isDisabled: office.computer_count > 0, onClick: () => onOpen({ kind: "delete", office }),
    }]),
  ];
  return (
    <Tr>
      <Td dataLabel={t("common.name")} modifier="breakWord">
        {office.name} {office.is_local && <Label isCompact>{t("offices.local")}</Label>}
      </Td>
      <Td dataLabel={t("offices.computers")}>
        <Link to={`/computers?office=${office.id}`}>{formatNumber(office.computer_count, i18n.language)}</Link>
      </Td>
      <Td dataLabel={t("offices.created")}><Time at={office.created_at} isExact /></Td>
      <Td isActionCell><RowActions of={office.name} actions={items} /></Td>
    </Tr>
  );
}

export function OfficesPage() {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(officesQuery);
  const [open, setOpen] = useState<Open>(null);
  return (
    <>
      <PageHead title={t("offices.title")}>
        <Button onClick={() => setOpen({ kind: "create" })}>{t("offices.create")}</Button>
      </PageHead>
      <PageSection>
        {!data && !error && <Loading />}
        {!data && error && <ProblemState error={error} onRetry={() => void refetch()} />}
        {data && (
          <Table aria-label={t("offices.table")} variant="compact">
            <Thead>
              <Tr>
                <Th>{t("common.name")}</Th><Th>{t("offices.computers")}</Th><Th>{t("offices.created")}</Th>
                <Th screenReaderText={t("common.actions")} />
              </Tr>
            </Thead>
            <Tbody>{data.items.map((office) => <Row key={office.id} office={office} onOpen={setOpen} />)}</Tbody>
          </Table>
        )}
      </PageSection>
      {open && <OfficeDialog open={open} onClose={() => setOpen(null)} />}
    </>
  );
}
