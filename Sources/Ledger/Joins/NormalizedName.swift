/// A model's name without what its spellings differ in: the vendor before a slash, a tag or variant behind a colon, a
/// date or `latest` at the end, case, and all signs between words.
enum NormalizedName {
  static func of(_ name: String) -> String {
    var rest = Substring(name.lowercased())
    if let slash = rest.lastIndex(of: "/") { rest = rest[rest.index(after: slash)...] }
    for mark in [":", "[", "@"] as [Character] {
      if let place = rest.firstIndex(of: mark), place > rest.startIndex { rest = rest[..<place] }
    }
    var words = rest.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    while words.count > 1, let last = words.last, last == "latest" || isDate(last) { words.removeLast() }
    // `2026-06-01`, taken apart.
    if words.count > 3, let year = Int(words[words.count - 3]), (2020...2099).contains(year),
      words.suffix(2).allSatisfy({ $0.count == 2 && Int($0) != nil })
    {
      words.removeLast(3)
    }
    return words.joined()
  }

  private static func isDate(_ word: String) -> Bool {
    (word.count == 8 || word.count == 6) && word.allSatisfy(\.isNumber)
  }
}
