package import Model

/// Why a file is no bill. Never holds any of the file's cells, which may be keys.
package enum BillError: Error, Equatable, CustomStringConvertible {
  /// Nothing that we know; `seen` are the titles of its columns, or the keys of its outermost object.
  case unknownFormat(path: String, seen: [String])
  /// A column that `--columns` names and the file does not have.
  case missingColumn(path: String, name: String, seen: [String])
  /// A cell that is not what its column holds.
  case badCell(path: String, line: Int, column: String)
  /// A member of one of a document's items, counted from one.
  case badItem(path: String, item: Int, member: String)
  /// An archive that cannot be unpacked.
  case badArchive(path: String)
  /// Text that is not UTF-8.
  case notText(path: String)
  /// Something that looks like a key stands where models or fees are read from.
  case holdsKey(path: String, column: String)
  /// A bill without a line.
  case empty(path: String)
  /// Two files that list the same use, each with another sum.
  case sameUse(first: String, second: String, day: CivilDay)

  package var description: String {
    switch self {
    case .unknownFormat(let path, let seen):
      seen.isEmpty
        ? "\(path): neither a table nor JSON of a provider that ccr-audit knows"
        : "\(path): no bill that ccr-audit knows; it has \(Self.titles(seen.prefix(12)))"
          + (seen.count > 12 ? " and \(seen.count - 12) more" : "")
    case .missingColumn(let path, let name, let seen):
      "\(path): no column \(name); it has \(Self.titles(seen[...]))"
    case .badCell(let path, let line, let column): "\(path):\(line): \(column) cannot be read"
    case .badItem(let path, let item, let member): "\(path): \(member) of item \(item) cannot be read"
    case .badArchive(let path): "\(path): an archive that cannot be unpacked"
    case .notText(let path): "\(path): neither text in UTF-8 nor an archive"
    case .holdsKey(let path, let column): "\(path): keys stand in the column of \(column); nothing of it was kept"
    case .empty(let path): "\(path): a bill without a line"
    case .sameUse(let first, let second, let day):
      first == second
        ? "\(first) lists the same request of \(day) twice, each time with other figures"
        : "\(first) and \(second) both list the use of \(day), with other figures for the same model"
    }
  }

  /// Titles of columns. Without a line of titles they are cells.
  private static func titles(_ seen: ArraySlice<String>) -> String {
    seen.map { $0.looksLikeKey ? "what looks like a key" : $0 }.joined(separator: ", ")
  }
}
