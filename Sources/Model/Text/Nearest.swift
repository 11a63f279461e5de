/// Names that look like a word, best first: those that a typing error can have made of each other. At most a third of the
/// letters differ; insertions, deletions, replacements and swapped neighbours count one each. Case does not matter.
/// - Parameter limit: how many names at the most.
package func nearest(to word: String, in names: some Sequence<String>, limit: Int = 1) -> [String] {
  names
    .map { (distance: editDistance(word.lowercased(), $0.lowercased()), name: $0) }
    .filter { entry in
      let length = max(word.count, entry.name.count)
      return entry.distance < length && entry.distance <= max(1, length / 3)
    }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
    .prefix(limit)
    .map(\.name)
}

/// The nearest names, or else those that share most of the words between a name's hyphens: `ollama-pro` is like
/// `ollama-cloud-pro`.
package func alike(_ word: String, in names: some Sequence<String>, limit: Int = 5) -> [String] {
  let near = nearest(to: word, in: names, limit: limit)
  if let first = near.first {
    let distance = editDistance(word.lowercased(), first.lowercased())
    return near.filter { editDistance(word.lowercased(), $0.lowercased()) == distance }
  }
  func parts(_ name: String) -> Set<Substring> { Set(name.lowercased().split { !$0.isLetter && !$0.isNumber }) }
  let own = parts(word)
  let shared = names.map { (count: parts($0).intersection(own).count, name: $0) }
  guard let most = shared.map(\.count).max(), most > 0 else { return [] }
  return shared.filter { $0.count == most }.map(\.name).sorted().prefix(limit).map(\.self)
}

/// How many letters must be added, left out, replaced or swapped with their neighbours to turn one text into another: the
/// optimal string alignment distance.
package func editDistance(_ left: String, _ right: String) -> Int {
  editDistance(Array(left.unicodeScalars), Array(right.unicodeScalars), atMost: .max) ?? .max
}

/// The same of letters; `nil` where it is more than asked for.
package func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar], atMost most: Int) -> Int? {
  // They differ at least by their lengths.
  guard abs(left.count - right.count) <= most else { return nil }
  var beforeLast = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  var current = beforeLast
  var leastOfLast = 0
  for row in left.indices {
    current[0] = row + 1
    var least = row + 1
    for column in right.indices {
      var best = min(
        last[column + 1] + 1, current[column] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        best = min(best, beforeLast[column - 1] + 1)
      }
      current[column + 1] = best
      least = min(least, best)
    }
    // What follows is made of these two rows, and never less than they are.
    if least > most, leastOfLast > most { return nil }
    leastOfLast = least
    (beforeLast, last, current) = (last, current, beforeLast)
  }
  return last[right.count] <= most ? last[right.count] : nil
}
