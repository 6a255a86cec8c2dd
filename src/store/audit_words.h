/*
 * The words of the audit log: closed tables, so that who reads it knows them
 * all. A word that was written is never renamed or used for something else.
 */
#ifndef STORE_AUDIT_WORDS_H
#define STORE_AUDIT_WORDS_H

/* What was done or tried. An action that failed is the same word with another
 * outcome. api/openapi.yaml names one for each operation that changes
 * something. */
/* clang-format off */
#define STORE_AUDIT_ACTIONS(X)                                                 \
	X(SIGN_IN,                "sign_in")                                   \
	X(SIGN_IN_LOCK,           "sign_in.lock")                              \
	X(SIGN_OUT,               "sign_out")                                  \
	X(SESSION_END,            "session.end")                               \
	X(PASSWORD_CHANGE,        "password.change")                           \
	X(PASSWORD_RESET,         "password.reset")                            \
	X(TWO_FACTOR_ENABLE,      "two_factor.enable")                         \
	X(TWO_FACTOR_DISABLE,     "two_factor.disable")                        \
	X(TWO_FACTOR_RESET,       "two_factor.reset")                          \
	X(TWO_FACTOR_RENEW,       "two_factor.renew")                          \
	X(USER_CREATE,            "user.create")                               \
	X(USER_CHANGE,            "user.change")                               \
	X(USER_DELETE,            "user.delete")                               \
	X(USER_UNLOCK,            "user.unlock")                               \
	X(ROLE_CREATE,            "role.create")                               \
	X(ROLE_CHANGE,            "role.change")                               \
	X(ROLE_DELETE,            "role.delete")                               \
	X(GROUP_CREATE,           "group.create")                              \
	X(GROUP_CHANGE,           "group.change")                              \
	X(GROUP_DELETE,           "group.delete")                              \
	X(API_TOKEN_CREATE,       "api_token.create")                          \
	X(API_TOKEN_CHANGE,       "api_token.change")                          \
	X(API_TOKEN_DELETE,       "api_token.delete")                          \
	X(OFFICE_CREATE,          "office.create")                             \
	X(OFFICE_CHANGE,          "office.change")                             \
	X(OFFICE_DELETE,          "office.delete")                             \
	X(TOKEN_CREATE,           "token.create")                              \
	X(TOKEN_REVOKE,           "token.revoke")                              \
	X(COMPUTER_CHANGE,        "computer.change")                           \
	X(COMPUTER_REFRESH,       "computer.refresh")                          \
	X(COMPUTER_RETIRE,        "computer.retire")                           \
	X(COMPUTER_REVOKE,        "computer.revoke")                           \
	X(COMPUTER_REMOVE,        "computer.remove")                           \
	X(COMPUTER_REBUILD,       "computer.rebuild")                          \
	X(COMPUTER_EXPORT,        "computer.export")                           \
	X(CERTIFICATE_ISSUE,      "certificate.issue")                         \
	X(CERTIFICATE_RENEW,      "certificate.renew")                         \
	X(CONNECTION,             "connection")                                \
	X(SERVER_CERTIFICATE_CHANGE, "server_certificate.change")              \
	X(PUBLICATION_CHANGE,     "publication.change")                        \
	X(AGENT_CA_CHANGE,        "agent_ca.change")                           \
	X(SETTING_CHANGE,         "setting.change")                            \
	X(AUDIT_EXPORT,           "audit.export")                              \
	X(AUDIT_CUT,              "audit.cut")                                 \
	X(ALERT_ACKNOWLEDGE,      "alert.acknowledge")                         \
	X(ALERT_REOPEN,           "alert.reopen")

/* Who. A stranger is somebody who has not shown who it is. */
#define STORE_AUDIT_ACTORS(X)                                                  \
	X(STRANGER,   "stranger")                                              \
	X(USER,       "user")                                                  \
	X(API_TOKEN,  "api_token")                                             \
	X(AGENT,      "agent")                                                 \
	X(SERVER,     "server")                                                \
	X(ROOT_SHELL, "root_shell")

/* To what. */
#define STORE_AUDIT_TARGETS(X)                                                 \
	X(NOTHING,            "")                                              \
	X(USER,               "user")                                          \
	X(ROLE,               "role")                                          \
	X(SESSION,            "session")                                       \
	X(API_TOKEN,          "api_token")                                     \
	X(OFFICE,             "office")                                        \
	X(GROUP,              "group")                                         \
	X(TOKEN,              "token")                                         \
	X(COMPUTER,           "computer")                                      \
	X(CERTIFICATE,        "certificate")                                   \
	X(SETTING,            "setting")                                       \
	X(SERVER_CERTIFICATE, "server_certificate")                            \
	X(PUBLICATION,        "publication")                                   \
	X(AGENT_CA,           "agent_ca")                                      \
	X(AUDIT,              "audit")                                         \
	X(ALERT,              "alert")

/* Failed: the server could not. */
#define STORE_AUDIT_OUTCOMES(X)                                                \
	X(DONE,    "done")                                                     \
	X(REFUSED, "refused")                                                  \
	X(FAILED,  "failed")
/* clang-format on */

#define STORE_AUDIT_ENUM_ACTION(name, word)  STORE_AUDIT_##name,
#define STORE_AUDIT_ENUM_ACTOR(name, word)   STORE_AUDIT_ACTOR_##name,
#define STORE_AUDIT_ENUM_TARGET(name, word)  STORE_AUDIT_TARGET_##name,
#define STORE_AUDIT_ENUM_OUTCOME(name, word) STORE_AUDIT_OUTCOME_##name,
enum store_audit_action {
	STORE_AUDIT_ACTIONS(STORE_AUDIT_ENUM_ACTION) STORE_AUDIT_ACTION_COUNT
};
enum store_audit_actor {
	STORE_AUDIT_ACTORS(STORE_AUDIT_ENUM_ACTOR) STORE_AUDIT_ACTOR_COUNT
};
enum store_audit_target {
	STORE_AUDIT_TARGETS(STORE_AUDIT_ENUM_TARGET) STORE_AUDIT_TARGET_COUNT
};
enum store_audit_outcome {
	STORE_AUDIT_OUTCOMES(STORE_AUDIT_ENUM_OUTCOME) STORE_AUDIT_OUTCOME_COUNT
};

#endif
