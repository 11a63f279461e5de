#!/bin/sh
# Writes Schedule/EmbeddedTemplates.swift from systemd/ and launchd/. Run it after every change there; a test compares
# the two.
set -eu
cd "$(dirname "$0")"
{
  echo '// swift-format-ignore-file'
  echo '// Written by embed.sh from systemd/ and launchd/: change those files, not this one.'
  echo
  echo '/// The templates as they were when the program was built, by their path in the repository.'
  echo 'let embeddedTemplates: [String: String] = ['
  for file in ../../../systemd/*/*.service ../../../systemd/*/*.timer ../../../launchd/*.plist; do
    printf '  "%s": ##"""\n' "${file#../../../}"
    cat "$file"
    printf '\n"""##,\n'
  done
  echo ']'
} > Schedule/EmbeddedTemplates.swift
