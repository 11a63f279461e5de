import Model
import Testing

/// How many letters two words differ in.
struct NearestTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("glm-5.2", "glm-5.2", 0), ("glm-5.2", "glm-52", 1), ("gpt", "gtp", 1),
    ("kitten", "sitting", 3),
    ("ca", "abc", 3), ("모델", "모", 1),
  ])
  func isCounted(left: String, right: String, distance: Int) {
    #expect(editDistance(left, right) == distance)
    #expect(editDistance(right, left) == distance)
  }

  /// Giving up early changes no answer.
  @Test func aBoundOnlyHidesWhatIsBeyondIt() {
    var words: [[Unicode.Scalar]] = [[]]
    for word in 0..<15 { words += [words[word] + ["a"], words[word] + ["b"]] }
    for (left, right) in words.flatMap({ left in words.map { (left, $0) } }) {
      let distance = editDistance(left, right, atMost: .max) ?? -1
      for most in 0...5 {
        #expect(
          editDistance(left, right, atMost: most) == (distance <= most ? distance : nil), "\(left) \(right) \(most)")
      }
    }
  }
}
