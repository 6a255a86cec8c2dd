/*
 * `warifu-server journal`: look at a journal, or prove that it is whole,
 * without the signer and without any key.
 *
 *   journal verify [--head EPOCH:N:HASH] FILE|DIR
 *   journal show FILE|DIR
 *
 * DIR is the state directory or the signer's part of it. --head is a head that
 * was seen elsewhere (database, agents, audit log): the journal must contain
 * it, so that a cut end is found as well. argv[0] is "journal". The exit code
 * is 0 for a whole journal, 1 for a broken one (standard output says where and
 * why) or one that cannot be read, 2 for a wrong command line.
 */
#ifndef SERVER_SIGNER_JOURNAL_TOOL_H
#define SERVER_SIGNER_JOURNAL_TOOL_H

int journal_tool_main(int argc, char **argv);

#endif
