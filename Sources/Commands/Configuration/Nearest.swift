/// The name that looks most like a word, if one is near enough to be what was meant: at most a third of the letters
/// differ (insertions, deletions, replacements and swapped neighbours count one each). Case does not matter.
func nearest(to word: String, among names: some Sequence<String>) -> String? {
  let ranked = names.map { (distance: editDistance(word.lowercased(), $0.lowercased()), name: $0) }
  guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }),
    best.distance <= max(1, max(word.count, best.name.count) / 3)
  else { return nil }
  return best.name
}

/// The optimal string alignment distance.
private func editDistance(_ left: String, _ right: String) -> Int {
  let (left, right) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for row in left.indices {
    var current = [row + 1]
    for column in right.indices {
      var best = min(
        last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current.append(best)
    }
    (beforeLast, last) = (last, current)
  }
  return last[right.count]
}
