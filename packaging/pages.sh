#!/bin/sh
# Copies the pages for users, and what they link to: pages.sh FOLDER
set -eu
folder=$1 here=$(dirname "$0")/..
for file in README.md CONTRIBUTING.md Benchmarks/README.md $(cd "$here" && ls docs/*.md docs/*/* pricing/*.yaml); do
  install -d "$folder/$(dirname "$file")"
  install -m 0644 "$here/$file" "$folder/$file"
done
