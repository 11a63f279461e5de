/// How many characters must be added, left out or replaced to turn one text into another (Levenshtein).
func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left), Array(right))
  var row = Array(0...right.count)
  for (index, character) in left.enumerated() {
    var diagonal = row[0]
    row[0] = index + 1
    for column in right.indices {
      let replaced = diagonal + (character == right[column] ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
    }
  }
  return row[right.count]
}

/// Those of some names that look most like a word, best first: at most `limit`, none that differs in more than half.
func nearest(to word: String, in names: some Sequence<String>, limit: Int) -> [String] {
  names
    .map { (name: $0, distance: editDistance(word.lowercased(), $0.lowercased())) }
    .filter { 2 * $0.distance <= max(word.count, $0.name.count) }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(limit)
    .map(\.name)
}
