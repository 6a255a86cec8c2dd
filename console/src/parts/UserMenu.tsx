// Who is signed in; language, appearance, password, signing out.
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useQuery } from "@tanstack/react-query";
import { Divider, Dropdown, DropdownGroup, DropdownItem, DropdownList, MenuToggle } from "@patternfly/react-core";
import { sessionQuery } from "../api/queries";
import { chooseLanguage, LANGUAGES } from "../i18n";
import { chooseTheme, readTheme, THEMES } from "../lib/theme";
import { useSignOut } from "./useSignOut";

export function UserMenu() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { data } = useQuery(sessionQuery);
  const signOut = useSignOut();
  const [isOpen, setOpen] = useState(false);
  const name = data?.user.name ?? "";
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: "right" }}
      toggle={(ref) => (
        <MenuToggle ref={ref} isExpanded={isOpen} onClick={() => setOpen(!isOpen)}
          aria-label={t("user.menu", { name })}>
          {name}
        </MenuToggle>
      )}
    >
      <DropdownGroup label={t("language.label")}>
        <DropdownList>
          {LANGUAGES.map((language) => (
            <DropdownItem key={language} lang={language} isSelected={i18n.language === language}
              onClick={() => chooseLanguage(language)}>
              {t(`language.${language}`)}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
      <DropdownGroup label={t("theme.label")}>
        <DropdownList>
          {THEMES.map((theme) => (
            <DropdownItem key={theme} isSelected={readTheme() === theme} onClick={() => chooseTheme(theme)}>
              {t(`theme.${theme}`)}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
      <Divider component="div" />
      <DropdownList>
        <DropdownItem onClick={() => void navigate("/account")}>{t("user.account")}</DropdownItem>
        <DropdownItem onClick={() => void navigate("/password")}>{t("user.password")}</DropdownItem>
        <DropdownItem onClick={() => void navigate("/two-factor")}>{t("twoFactor.title")}</DropdownItem>
        <DropdownItem onClick={() => signOut.mutate()}>{t("user.signOut")}</DropdownItem>
      </DropdownList>
    </Dropdown>
  );
}
