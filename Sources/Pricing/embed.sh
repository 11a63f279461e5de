#!/bin/sh
# Writes EmbeddedPricing.swift from pricing/*.yaml. Run it after every change there; a test compares the two.
set -eu
cd "$(dirname "$0")"
{
  echo '// swift-format-ignore-file'
  echo '// Written by embed.sh from pricing/*.yaml: change those files, not this one.'
  echo
  echo '/// The files of pricing/ as they were when the program was built.'
  echo 'let embeddedPricing: [PricingFile] = ['
  for file in ../../pricing/*.yaml; do
    printf '  PricingFile(\n    name: "pricing/%s",\n    text: ##"""\n' "$(basename "$file")"
    cat "$file"
    printf '\n"""##),\n'
  done
  echo ']'
} > EmbeddedPricing.swift
