/// The lines in which two texts differ, as `patch` and `git apply` take them.
enum UnifiedDiff {
  private static let context = 3

  /// - Parameters:
  ///   - old: the text before; `nil` for a file that was not there.
  ///   - path: the file, as the reader of the diff finds it.
  static func text(from old: String?, to new: String, path: String) -> String {
    let (before, after) = (lines(of: old ?? ""), lines(of: new))
    let difference = after.difference(from: before)
    var (removed, inserted) = (Set<Int>(), Set<Int>())
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    // One line a step: its mark, and how many lines of either text stand before it.
    var steps: [(mark: String, line: [UInt8], old: Int, new: Int)] = []
    var (left, right) = (0, 0)
    while left < before.count || right < after.count {
      if left < before.count, removed.contains(left) {
        steps.append(("-", before[left], left, right))
        left += 1
      } else if right < after.count, inserted.contains(right) {
        steps.append(("+", after[right], left, right))
        right += 1
      } else {
        steps.append((" ", before[left], left, right))
        (left, right) = (left + 1, right + 1)
      }
    }
    var hunks: [Range<Int>] = []
    for index in steps.indices where steps[index].mark != " " {
      let range = max(0, index - context)..<min(steps.count, index + context + 1)
      if let last = hunks.last, range.lowerBound <= last.upperBound {
        hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
      } else {
        hunks.append(range)
      }
    }
    let head = "--- \(old == nil ? "/dev/null" : "a/" + path)\n+++ b/\(path)\n"
    return head
      + hunks.map { hunk in
        let steps = steps[hunk]
        func span(_ start: Int, _ mark: String) -> String {
          let count = steps.count { $0.mark == " " || $0.mark == mark }
          return "\(count == 0 ? start : start + 1),\(count)"
        }
        let first = steps[hunk.lowerBound]
        return "@@ -\(span(first.old, "-")) +\(span(first.new, "+")) @@\n"
          + steps.map { step in
            let text = step.mark + String(decoding: step.line, as: UTF8.self)
            return step.line.last == 0x0A ? text : text + "\n\\ No newline at end of file\n"
          }.joined()
      }.joined()
  }

  /// Lines with their ends, as bytes: to a string, a carriage return and a newline are one character.
  private static func lines(of text: String) -> [[UInt8]] {
    var lines: [[UInt8]] = [[]]
    for byte in text.utf8 {
      lines[lines.count - 1].append(byte)
      if byte == 0x0A { lines.append([]) }
    }
    return lines.last == [] ? lines.dropLast() : lines
  }
}
