import Model
import Testing

/// Names that nobody should be harmed by, wherever they are read.
struct SafeTextTests {
  /// A mark that is drawn over the character before it, so that Swift takes both for one.
  private static let mark = "\u{301}"

  @Test func aMarkCarriesNoNameOutOfItsCode() {
    #expect(SafeText.markdown("a`\(Self.mark)b") == "<code>a&#96;\(Self.mark)b</code>")
    #expect(SafeText.markdown("a|\(Self.mark)b") == "<code>a&#124;\(Self.mark)b</code>")
    // The first one would be drawn over our own quote.
    #expect(SafeText.markdown("\(Self.mark)a") == "<code>\(Self.mark)a</code>")
    #expect(SafeText.code("a`\(Self.mark)b") == "`a'\(Self.mark)b`")
    #expect(SafeText.sentence("*\(Self.mark)a* @\(Self.mark)all") == "∗\(Self.mark)a∗ ＠\(Self.mark)all")
  }

  @Test func aMarkHidesNoFormula() {
    for sign in ["=", "+", "-", "@"] { #expect(SafeText.csv(sign + Self.mark + "1+1").hasPrefix("'")) }
  }

  @Test func lineEndsOfEveryKindAreEscaped() {
    #expect(SafeText.visible("a\r\nb\u{2028}c\u{85}d\u{1B}[2J") == "a\\u{d}\\u{a}b\\u{2028}c\\u{85}d\\u{1b}[2J")
    #expect(SafeText.escaping("a\r\nb") { $0 == "\n" ? "|" : nil } == "a\r|b")
  }

  /// Text is wrapped at spaces, so that each word can begin a line.
  @Test func noNameBeginsAWorkflowCommand() {
    #expect(SafeText.terminal("::error::x") == "\\u{3a}:error::x")
    #expect(SafeText.terminal("a ::error::x") == "a \\u{3a}:error::x")
    #expect(SafeText.terminal("a##[error]x") == "a\\u{23}#[error]x")
    #expect(SafeText.csv("::error::x") == "\\u{3a}:error::x")
    #expect(SafeText.visible("::1 std::pair a:b #1 ## x") == "::1 std::pair a:b #1 ## x")
  }

  @Test func marksWithoutEndAreCut() {
    let name = "a" + String(repeating: Self.mark, count: 100_000)
    #expect(SafeText.terminal(name).unicodeScalars.count <= 481)
    #expect(SafeText.terminal("short") == "short")
  }
}
