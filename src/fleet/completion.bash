# Completion of warifu-fleet for bash: its options, otherwise files.
complete -o default -W '--bootstrap --check --help --inventory-root --json
  --processes --quiet --state-dir --version' warifu-fleet
