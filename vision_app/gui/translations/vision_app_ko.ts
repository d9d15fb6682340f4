<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ko_KR">
<context>
    <name>Actions</name>
    <message>
        <source>Choose source…</source>
        <translation>입력 선택…</translation>
    </message>
    <message>
        <source>Choose a camera or another source, with live pictures of all cameras</source>
        <translation>카메라나 다른 입력을 고릅니다. 모든 카메라의 실시간 화면을 보여 줍니다</translation>
    </message>
    <message>
        <source>Open video or photo…</source>
        <translation>영상 또는 사진 열기…</translation>
    </message>
    <message>
        <source>Open a video or a photo as the source</source>
        <translation>영상이나 사진을 입력으로 엽니다</translation>
    </message>
    <message>
        <source>Open folder of photos…</source>
        <translation>사진 폴더 열기…</translation>
    </message>
    <message>
        <source>Open all photos of a folder, one after the other</source>
        <translation>폴더의 모든 사진을 차례로 엽니다</translation>
    </message>
    <message>
        <source>Open stream…</source>
        <translation>스트림 열기…</translation>
    </message>
    <message>
        <source>Open a network camera or stream by its address</source>
        <translation>네트워크 카메라나 스트림을 주소로 엽니다</translation>
    </message>
    <message>
        <source>Open site…</source>
        <translation>현장 열기…</translation>
    </message>
    <message>
        <source>Run a site file with many cameras, and show all of them in a grid</source>
        <translation>여러 카메라가 있는 현장 파일을 실행하고 모두 격자로 보여 줍니다</translation>
    </message>
    <message>
        <source>Play the demo clip</source>
        <translation>데모 영상 재생</translation>
    </message>
    <message>
        <source>Play the clip that comes with the program</source>
        <translation>프로그램에 들어 있는 영상을 재생합니다</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>끝내기</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>전체 화면</translation>
    </message>
    <message>
        <source>Show nothing but the picture; Esc leads back</source>
        <translation>영상만 보여 줍니다. Esc를 누르면 돌아옵니다</translation>
    </message>
    <message>
        <source>Draw results</source>
        <translation>결과 표시</translation>
    </message>
    <message>
        <source>Draw what the models say over the picture</source>
        <translation>모델의 결과를 영상 위에 그립니다</translation>
    </message>
    <message>
        <source>Larger labels</source>
        <translation>레이블 크게</translation>
    </message>
    <message>
        <source>Smaller labels</source>
        <translation>레이블 작게</translation>
    </message>
    <message>
        <source>Labels of normal size</source>
        <translation>레이블 기본 크기</translation>
    </message>
    <message>
        <source>Add model file…</source>
        <translation>모델 파일 추가…</translation>
    </message>
    <message>
        <source>Run an ONNX file on the picture</source>
        <translation>ONNX 파일을 영상에 실행합니다</translation>
    </message>
    <message>
        <source>Snapshot</source>
        <translation>사진 저장</translation>
    </message>
    <message>
        <source>Save the picture as it is now, at its full size</source>
        <translation>지금 화면을 원본 크기로 저장합니다</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>녹화</translation>
    </message>
    <message>
        <source>Start or finish a recording</source>
        <translation>녹화를 시작하거나 마칩니다</translation>
    </message>
    <message>
        <source>Copy picture</source>
        <translation>화면 복사</translation>
    </message>
    <message>
        <source>Put the picture on the clipboard</source>
        <translation>화면을 클립보드에 복사합니다</translation>
    </message>
    <message>
        <source>Log results</source>
        <translation>결과 기록</translation>
    </message>
    <message>
        <source>Write what the models say into a file, or finish it</source>
        <translation>모델의 결과를 파일에 기록하거나 기록을 마칩니다</translation>
    </message>
    <message>
        <source>Snapshots with results</source>
        <translation>사진에 결과 포함</translation>
    </message>
    <message>
        <source>Recordings with results</source>
        <translation>녹화에 결과 포함</translation>
    </message>
    <message>
        <source>Open folder of snapshots</source>
        <translation>찍은 사진 폴더 열기</translation>
    </message>
    <message>
        <source>Open folder of recordings</source>
        <translation>녹화 폴더 열기</translation>
    </message>
    <message>
        <source>Preferences…</source>
        <translation>환경설정…</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>단축키</translation>
    </message>
    <message>
        <source>List all keys</source>
        <translation>모든 단축키를 보여 줍니다</translation>
    </message>
    <message>
        <source>Learn…</source>
        <translation>배우기…</translation>
    </message>
    <message>
        <source>From a heading of a course to the view that shows it</source>
        <translation>강의의 제목에서 그것을 보여 주는 화면으로 갑니다</translation>
    </message>
    <message>
        <source>First steps</source>
        <translation>처음 시작하기</translation>
    </message>
    <message>
        <source>About vision_app</source>
        <translation>vision_app 정보</translation>
    </message>
</context>
<context>
    <name>AddDialog</name>
    <message>
        <source>Names of the classes, one a line</source>
        <translation>클래스 이름(한 줄에 하나)</translation>
    </message>
    <message>
        <source>Lists of names (*.txt *.names *.json)</source>
        <translation>이름 목록 (*.txt *.names *.json)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Add {file}</source>
        <translation>{file} 추가</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>추가</translation>
    </message>
    <message>
        <source>Pixel values</source>
        <translation>픽셀 값</translation>
    </message>
    <message>
        <source>Picture becomes square by</source>
        <translation>정사각형으로 만드는 방법</translation>
    </message>
    <message>
        <source>Outputs still need</source>
        <translation>출력에 더 필요한 처리</translation>
    </message>
    <message>
        <source>Layout of the output</source>
        <translation>출력 형식</translation>
    </message>
    <message>
        <source>What it does</source>
        <translation>하는 일</translation>
    </message>
    <message>
        <source>Names of the classes</source>
        <translation>클래스 이름</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>one class for the picture</source>
        <translation>사진 전체를 한 클래스로 분류</translation>
    </message>
    <message>
        <source>boxes round objects</source>
        <translation>물체마다 상자</translation>
    </message>
    <message>
        <source>outlines of objects</source>
        <translation>물체마다 윤곽</translation>
    </message>
    <message>
        <source>keypoints of bodies or faces</source>
        <translation>몸이나 얼굴의 특징점</translation>
    </message>
    <message>
        <source>turned boxes round objects</source>
        <translation>물체마다 회전 상자</translation>
    </message>
    <message>
        <source>a class for every pixel</source>
        <translation>픽셀마다 클래스</translation>
    </message>
    <message>
        <source>the distance of every pixel</source>
        <translation>픽셀마다 거리(깊이)</translation>
    </message>
    <message>
        <source>a picture of the picture</source>
        <translation>사진으로 새 이미지 만들기</translation>
    </message>
    <message>
        <source>a vector for comparing pictures</source>
        <translation>사진 비교용 벡터(임베딩)</translation>
    </message>
    <message>
        <source>normalised as ImageNet (most)</source>
        <translation>ImageNet 방식 정규화(대부분)</translation>
    </message>
    <message>
        <source>0 to 1</source>
        <translation>0~1</translation>
    </message>
    <message>
        <source>-1 to 1</source>
        <translation>-1~1</translation>
    </message>
    <message>
        <source>0 to 255</source>
        <translation>0~255</translation>
    </message>
    <message>
        <source>0 to 1, light and dark exchanged</source>
        <translation>0~1, 밝고 어두움을 뒤바꿈</translation>
    </message>
    <message>
        <source>nothing (each class for itself)</source>
        <translation>없음(클래스마다 따로 확률)</translation>
    </message>
    <message>
        <source>cutting out the centre</source>
        <translation>가운데 자르기</translation>
    </message>
    <message>
        <source>squashing it</source>
        <translation>비율을 무시하고 맞추기</translation>
    </message>
    <message>
        <source>borders on both sides</source>
        <translation>양쪽에 여백 넣기</translation>
    </message>
    <message>
        <source>a border right or below</source>
        <translation>오른쪽이나 아래에 여백 넣기</translation>
    </message>
    <message>
        <source>softmax (raw scores)</source>
        <translation>소프트맥스(원시 점수)</translation>
    </message>
    <message>
        <source>nothing (probabilities)</source>
        <translation>없음(이미 확률)</translation>
    </message>
    <message>
        <source>sigmoid</source>
        <translation>시그모이드</translation>
    </message>
    <message>
        <source>ImageNet, 1000 classes</source>
        <translation>ImageNet, 1000개 클래스</translation>
    </message>
    <message>
        <source>COCO, 80 classes</source>
        <translation>COCO, 80개 클래스</translation>
    </message>
    <message>
        <source>from a file…</source>
        <translation>파일에서…</translation>
    </message>
</context>
<context>
    <name>AloneButton</name>
    <message>
        <source>Show only {name}</source>
        <translation>{name}만 보이기</translation>
    </message>
    <message>
        <source>Hide the other classifiers; this button brings them back</source>
        <translation>다른 분류 모델을 숨깁니다. 이 버튼으로 다시 보이게 할 수 있습니다</translation>
    </message>
    <message>
        <source>Show the other classifiers again</source>
        <translation>다른 분류 모델 다시 보이기</translation>
    </message>
    <message>
        <source>They were hidden so that this model stands alone</source>
        <translation>이 모델만 보이도록 숨겨 두었습니다</translation>
    </message>
</context>
<context>
    <name>Asker</name>
    <message>
        <source>Open a file</source>
        <translation>파일 열기</translation>
    </message>
    <message>
        <source>Videos and pictures ({suffixes})</source>
        <translation>영상과 사진 ({suffixes})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Open a folder of pictures</source>
        <translation>사진 폴더 열기</translation>
    </message>
</context>
<context>
    <name>AttentionPage</name>
    <message>
        <source>Attention: block {block}, head {head}</source>
        <translation>어텐션: 블록 {block}, 헤드 {head}</translation>
    </message>
    <message>
        <source>class token</source>
        <translation>클래스 토큰</translation>
    </message>
    <message>
        <source>row {row}, column {column}</source>
        <translation>{row}행 {column}열</translation>
    </message>
    <message>
        <source>Asked: {token}; query, key and value have {d} numbers each.</source>
        <translation>물어본 토큰: {token}. 쿼리, 키, 값은 각각 숫자 {d}개입니다.</translation>
    </message>
    <message>
        <source>{token}: q·k = {product} → × {scale} = {score} → softmax {share}</source>
        <translation>{token}: q·k = {product} → × {scale} = {score} → softmax {share}</translation>
    </message>
    <message>
        <source>Weighted sum of the values: [{start}, …]</source>
        <translation>값의 가중합: [{start}, …]</translation>
    </message>
    <message>
        <source>Entropy of each head, in bits: {bits}. 0 looks at one token, {most} at all alike.</source>
        <translation>헤드별 엔트로피(비트): {bits}. 0이면 토큰 하나만, {most}이면 모든 토큰을 똑같이 봅니다.</translation>
    </message>
    <message>
        <source>One head or many: their maps agree by {share}; what one misses another sees.</source>
        <translation>헤드가 하나일 때와 여럿일 때: 헤드들의 지도는 서로 {share} 일치합니다. 한 헤드가 놓친 것을 다른 헤드가 봅니다.</translation>
    </message>
    <message>
        <source>Computed here and by ONNX Runtime, the numbers differ by at most {gap}.</source>
        <translation>여기서 계산한 값과 ONNX Runtime의 값은 최대 {gap} 차이가 납니다.</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>블록</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>헤드</translation>
    </message>
    <message>
        <source>Run {model} for this lesson</source>
        <translation>이 수업을 위해 {model} 실행</translation>
    </message>
    <message>
        <source>Where each head looks from that token. Click on the picture to ask from another place.</source>
        <translation>그 토큰에서 각 헤드가 보는 곳입니다. 다른 토큰을 고르려면 화면을 클릭하세요.</translation>
    </message>
</context>
<context>
    <name>CameraTile</name>
    <message>
        <source>{name}, in use</source>
        <translation>{name}, 사용 중</translation>
    </message>
    <message>
        <source>In use</source>
        <translation>사용 중</translation>
    </message>
    <message>
        <source>No picture</source>
        <translation>화면 없음</translation>
    </message>
</context>
<context>
    <name>CapturePage</name>
    <message>
        <source>No samples are open</source>
        <translation>열린 샘플이 없습니다</translation>
    </message>
    <message>
        <source>Look at the samples ({count})</source>
        <translation>샘플 보기 ({count})</translation>
    </message>
    <message>
        <source>{name} has far fewer samples than the others; take some more.</source>
        <translation>{name}의 샘플이 다른 클래스보다 훨씬 적습니다. 더 찍어 주세요.</translation>
    </message>
    <message>
        <source>{name} is in the trash; Ctrl+Z brings it back.</source>
        <translation>{name}을(를) 휴지통에 넣었습니다. Ctrl+Z로 되돌립니다.</translation>
    </message>
    <message>
        <source>Keep samples in another folder…</source>
        <translation>샘플을 다른 폴더에 보관…</translation>
    </message>
    <message>
        <source>Bring in a folder…</source>
        <translation>폴더 가져오기…</translation>
    </message>
    <message>
        <source>Bring in a zip, clip or picture…</source>
        <translation>ZIP, 영상, 사진 가져오기…</translation>
    </message>
    <message>
        <source>Copy all to a zip…</source>
        <translation>모두 ZIP으로 내보내기…</translation>
    </message>
    <message>
        <source>Copy all to a folder…</source>
        <translation>모두 폴더로 내보내기…</translation>
    </message>
    <message>
        <source>Folder for the samples</source>
        <translation>샘플을 보관할 폴더</translation>
    </message>
    <message>
        <source>Folder with one folder a class</source>
        <translation>클래스마다 폴더가 하나씩 있는 폴더</translation>
    </message>
    <message>
        <source>Zips, clips and pictures ({suffixes})</source>
        <translation>ZIP, 영상, 사진 ({suffixes})</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Zip, clip or picture</source>
        <translation>ZIP, 영상 또는 사진</translation>
    </message>
    <message>
        <source>Bring in</source>
        <translation>가져오기</translation>
    </message>
    <message>
        <source>Which class is {file}?</source>
        <translation>{file}은(는) 어느 클래스인가요?</translation>
    </message>
    <message>
        <source>Copy all samples to a zip</source>
        <translation>모든 샘플을 ZIP으로 내보내기</translation>
    </message>
    <message>
        <source>Copy all samples to an empty folder</source>
        <translation>모든 샘플을 빈 폴더로 내보내기</translation>
    </message>
    <message>
        <source>Add classes first, such as cup and pen.</source>
        <translation>먼저 컵, 펜처럼 클래스를 추가하세요.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Count down, one by one</source>
        <translation>하나씩 카운트다운</translation>
    </message>
    <message>
        <source>{name}: nothing was taken yet; hold the button or key a little longer</source>
        <translation>{name}: 아직 찍힌 것이 없습니다. 버튼이나 키를 조금 더 길게 누르세요</translation>
    </message>
    <message>
        <source>{name}: {counted} of {taken} on the disk</source>
        <translation>{name}: {taken}장 중 {counted}장 저장됨</translation>
    </message>
    <message>
        <source>{count} lost to a slow disk</source>
        <translation>디스크가 느려 {count}장을 놓침</translation>
    </message>
    <message>
        <source>{count} frames without an object; run a detector for boxes</source>
        <translation>물체 없는 프레임 {count}개. 상자를 찾는 검출 모델을 실행하세요</translation>
    </message>
    <message>
        <source>{count} of quiet moments</source>
        <translation>빈 장면 {count}장</translation>
    </message>
    <message>
        <source>Add two classes or more, then hold a button or the keys 1 to 9 to take samples of what is seen.</source>
        <translation>클래스를 두 개 이상 추가한 뒤, 버튼이나 숫자 키 1~9를 누르고 있으면 보이는 것을 샘플로 찍습니다.</translation>
    </message>
    <message>
        <source>Add “none of these”</source>
        <translation>‘해당 없음’ 추가</translation>
    </message>
    <message>
        <source>Samples of the empty scene teach the model what is none of the classes</source>
        <translation>빈 장면의 샘플로 어느 클래스도 아닌 것을 모델에게 가르칩니다</translation>
    </message>
    <message>
        <source>Fill “none of these” meanwhile</source>
        <translation>쉬는 동안 ‘해당 없음’ 채우기</translation>
    </message>
    <message>
        <source>Takes a picture now and then while nothing else is captured: keep the scene empty</source>
        <translation>다른 것을 찍지 않을 때 가끔 한 장씩 찍습니다. 장면을 비워 두세요</translation>
    </message>
    <message>
        <source>{rate} a second</source>
        <translation>초당 {rate}장</translation>
    </message>
    <message>
        <source>Whole picture</source>
        <translation>화면 전체</translation>
    </message>
    <message>
        <source>Centre square</source>
        <translation>가운데 정사각형</translation>
    </message>
    <message>
        <source>Detected object</source>
        <translation>검출된 물체</translation>
    </message>
    <message>
        <source>Drawn region…</source>
        <translation>직접 그린 영역…</translation>
    </message>
    <message>
        <source>{count} each</source>
        <translation>{count}장씩</translation>
    </message>
    <message>
        <source>How many samples a second</source>
        <translation>초당 샘플 수</translation>
    </message>
    <message>
        <source>Which part of the picture</source>
        <translation>화면의 어느 부분</translation>
    </message>
    <message>
        <source>Samples of each class</source>
        <translation>클래스마다 샘플 수</translation>
    </message>
    <message>
        <source>For one person alone: counts 3-2-1 before each class in turn</source>
        <translation>혼자 할 때: 클래스마다 차례로 3-2-1을 센 뒤 찍습니다</translation>
    </message>
    <message>
        <source>Folder, bring in, copy out</source>
        <translation>폴더, 가져오기, 내보내기</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Folder of the samples</source>
        <translation>샘플 폴더</translation>
    </message>
</context>
<context>
    <name>CatalogueList</name>
    <message>
        <source>Reading the catalogue…</source>
        <translation>모델 목록을 읽는 중…</translation>
    </message>
    <message>
        <source>No model is like that.</source>
        <translation>조건에 맞는 모델이 없습니다.</translation>
    </message>
    <message>
        <source>Other models</source>
        <translation>기타 모델</translation>
    </message>
    <message>
        <source>{family}   {here} of {all} here</source>
        <translation>{family}   {all}개 중 {here}개 있음</translation>
    </message>
    <message>
        <source>Filter: yolo, apache, 2024…</source>
        <translation>검색: yolo, apache, 2024…</translation>
    </message>
    <message>
        <source>Filter models</source>
        <translation>모델 검색</translation>
    </message>
    <message>
        <source>On this disk</source>
        <translation>받은 모델만</translation>
    </message>
    <message>
        <source>Only models that are on this disk</source>
        <translation>이 컴퓨터에 있는 모델만 보여 줍니다</translation>
    </message>
</context>
<context>
    <name>CatalogueRow</name>
    <message>
        <source>licence not stated</source>
        <translation>라이선스 표시 없음</translation>
    </message>
    <message>
        <source>copyleft</source>
        <translation>카피레프트</translation>
    </message>
    <message>
        <source>Programs that you pass on or offer as a service with this model must be open source too.</source>
        <translation>이 모델을 넣어 배포하거나 서비스로 제공하는 프로그램도 소스를 공개해야 합니다.</translation>
    </message>
    <message>
        <source>Licence of the weights</source>
        <translation>가중치의 라이선스</translation>
    </message>
    <message>
        <source>{time} ms here</source>
        <translation>이 컴퓨터에서 {time} ms</translation>
    </message>
    <message>
        <source>top-1 {value} %</source>
        <translation>top-1 정확도 {value}%</translation>
    </message>
    <message>
        <source>AP {value}</source>
        <translation>AP {value}</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Cancel the download of {model}</source>
        <translation>{model} 내려받기 취소</translation>
    </message>
    <message>
        <source>Loading…</source>
        <translation>불러오는 중…</translation>
    </message>
    <message>
        <source>{model} is being loaded; show its card</source>
        <translation>{model} 불러오는 중. 카드 보기</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>실행 중</translation>
    </message>
    <message>
        <source>{model} runs; show its card</source>
        <translation>{model} 실행 중. 카드 보기</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>추가</translation>
    </message>
    <message>
        <source>Run {model}</source>
        <translation>{model} 실행</translation>
    </message>
    <message>
        <source>Get</source>
        <translation>받기</translation>
    </message>
    <message>
        <source>Download {model}</source>
        <translation>{model} 내려받기</translation>
    </message>
    <message>
        <source>How?</source>
        <translation>받는 방법</translation>
    </message>
    <message>
        <source>How to get {model}</source>
        <translation>{model} 받는 방법</translation>
    </message>
    <message>
        <source>Delete {model} from this disk</source>
        <translation>이 컴퓨터에서 {model} 삭제</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>그대로 두기</translation>
    </message>
    <message>
        <source>Another process is fetching it; waiting for that.</source>
        <translation>다른 프로세스가 받고 있어 기다리는 중입니다.</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{total} 중 {done}</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>연결하는 중…</translation>
    </message>
    <message>
        <source>It is on the picture already: its card is framed above.</source>
        <translation>이미 화면에서 실행 중입니다. 위에 테두리로 표시된 카드입니다.</translation>
    </message>
    <message>
        <source>Delete it from this disk? {size}</source>
        <translation>이 컴퓨터에서 삭제할까요? {size}</translation>
    </message>
    <message>
        <source>{time} ms on {provider}, p95 {p95} ms, measured {day}</source>
        <translation>{provider}에서 {time} ms, p95 {p95} ms, {day}에 측정</translation>
    </message>
</context>
<context>
    <name>Chains</name>
    <message>
        <source>finds a body</source>
        <translation>몸 찾기</translation>
    </message>
    <message>
        <source>finds face shapes</source>
        <translation>얼굴 모양 찾기</translation>
    </message>
    <message>
        <source>finds faces</source>
        <translation>얼굴 찾기</translation>
    </message>
    <message>
        <source>finds hands</source>
        <translation>손 찾기</translation>
    </message>
    <message>
        <source>cuts people out</source>
        <translation>사람 오려 내기</translation>
    </message>
</context>
<context>
    <name>ClassList</name>
    <message>
        <source>Name of a class, such as cup</source>
        <translation>클래스 이름, 예: 컵</translation>
    </message>
    <message>
        <source>Name of a new class</source>
        <translation>새 클래스 이름</translation>
    </message>
    <message>
        <source>Add class</source>
        <translation>클래스 추가</translation>
    </message>
    <message>
        <source>It is a movement</source>
        <translation>동작 클래스</translation>
    </message>
    <message>
        <source>Its samples are movements over time, such as waving, not pictures</source>
        <translation>사진이 아니라 손 흔들기처럼 시간에 따른 동작을 샘플로 모읍니다</translation>
    </message>
</context>
<context>
    <name>ClassModel</name>
    <message>
        <source>{count} samples are {name} now; Ctrl+Z takes it back.</source>
        <translation>샘플 {count}개가 이제 {name}입니다. Ctrl+Z로 되돌립니다.</translation>
    </message>
</context>
<context>
    <name>ClassPicker</name>
    <message>
        <source>Only the {count} ticked are found.</source>
        <translation>선택한 {count}개만 찾습니다.</translation>
    </message>
    <message>
        <source>All are found. Tick some to find only those.</source>
        <translation>모두 찾습니다. 일부만 찾으려면 선택하세요.</translation>
    </message>
    <message>
        <source>Search classes</source>
        <translation>클래스 검색</translation>
    </message>
    <message>
        <source>Classes to find</source>
        <translation>찾을 클래스</translation>
    </message>
    <message>
        <source>All</source>
        <translation>모두</translation>
    </message>
    <message>
        <source>Find all classes again</source>
        <translation>다시 모든 클래스를 찾습니다</translation>
    </message>
</context>
<context>
    <name>ClassRow</name>
    <message>
        <source>none of these</source>
        <translation>해당 없음</translation>
    </message>
    <message>
        <source>Class {name}, {count} samples</source>
        <translation>클래스 {name}, 샘플 {count}개</translation>
    </message>
    <message>
        <source>Hold</source>
        <translation>누르기</translation>
    </message>
    <message>
        <source>Hold to take samples of {name}</source>
        <translation>누르고 있으면 {name} 샘플을 찍습니다</translation>
    </message>
    <message>
        <source>Hold this button, or the key {key}, to take samples</source>
        <translation>이 버튼이나 {key} 키를 누르고 있으면 샘플을 찍습니다</translation>
    </message>
    <message>
        <source>Hold this button to take samples</source>
        <translation>이 버튼을 누르고 있으면 샘플을 찍습니다</translation>
    </message>
    <message>
        <source>More for {name}</source>
        <translation>{name} 더 보기</translation>
    </message>
    <message>
        <source>{name} (between)</source>
        <translation>{name} (동작 사이)</translation>
    </message>
    <message>
        <source>The newest samples; a click shows all of them</source>
        <translation>가장 최근 샘플입니다. 누르면 모두 보입니다</translation>
    </message>
    <message>
        <source>The newest samples of {name}</source>
        <translation>{name}의 가장 최근 샘플</translation>
    </message>
    <message>
        <source>Class {name}, {count} movements</source>
        <translation>클래스 {name}, 동작 {count}개</translation>
    </message>
    <message>
        <source>Hold this button, or the key {key}, while you make the movement once</source>
        <translation>이 버튼이나 {key} 키를 누른 채 동작을 한 번 하세요</translation>
    </message>
    <message>
        <source>Hold while you make the movement {name}</source>
        <translation>누른 채 {name} 동작을 하세요</translation>
    </message>
    <message>
        <source>too alike: {looks} of {count} look different; move it, turn it, change the light</source>
        <translation>너무 비슷함: {count}개 중 서로 다른 모습 {looks}개. 옮기고 돌리고 조명을 바꿔 보세요</translation>
    </message>
    <message>
        <source>enough</source>
        <translation>충분합니다</translation>
    </message>
    <message>
        <source>will do; {count} are good</source>
        <translation>쓸 만합니다. {count}개면 좋습니다</translation>
    </message>
    <message>
        <source>too few; {count} are good</source>
        <translation>너무 적습니다. {count}개가 좋습니다</translation>
    </message>
    <message>
        <source>Show samples</source>
        <translation>샘플 보기</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>이름 바꾸기…</translation>
    </message>
    <message>
        <source>Merge into</source>
        <translation>다음과 합치기</translation>
    </message>
    <message>
        <source>Means “none of these”</source>
        <translation>‘해당 없음’으로 쓰기</translation>
    </message>
    <message>
        <source>Lies between movements</source>
        <translation>동작 사이의 상태</translation>
    </message>
    <message>
        <source>Delete class</source>
        <translation>클래스 삭제</translation>
    </message>
    <message>
        <source>Rename class</source>
        <translation>클래스 이름 바꾸기</translation>
    </message>
    <message>
        <source>New name:</source>
        <translation>새 이름:</translation>
    </message>
</context>
<context>
    <name>ClassesRow</name>
    <message>
        <source>Classes: all</source>
        <translation>클래스: 모두</translation>
    </message>
    <message>
        <source>Classes: {names}</source>
        <translation>클래스: {names}</translation>
    </message>
</context>
<context>
    <name>CodeDialog</name>
    <message>
        <source>Copied</source>
        <translation>복사했습니다</translation>
    </message>
    <message>
        <source>Save the code</source>
        <translation>코드 저장</translation>
    </message>
    <message>
        <source>Python scripts ({patterns})</source>
        <translation>파이썬 스크립트({patterns})</translation>
    </message>
    <message>
        <source>Saved as {path}</source>
        <translation>{path}에 저장했습니다</translation>
    </message>
    <message>
        <source>The code of the filters</source>
        <translation>필터 코드</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>복사</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>저장…</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Python code</source>
        <translation>파이썬 코드</translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>Add model file</source>
        <translation>모델 파일 추가</translation>
    </message>
    <message>
        <source>ONNX models (*.onnx)</source>
        <translation>ONNX 모델 (*.onnx)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Open site</source>
        <translation>현장 열기</translation>
    </message>
    <message>
        <source>Site files (*.toml)</source>
        <translation>현장 파일 (*.toml)</translation>
    </message>
    <message>
        <source>&lt;h3&gt;vision_app {version}&lt;/h3&gt;&lt;p&gt;Computer vision on live pictures, on your own computer.&lt;/p&gt;&lt;p&gt;Apache License 2.0. Each model has a licence of its own: the list of models shows it.&lt;/p&gt;</source>
        <translation>&lt;h3&gt;vision_app {version}&lt;/h3&gt;&lt;p&gt;내 컴퓨터에서 실시간 영상에 컴퓨터 비전을 실행합니다.&lt;/p&gt;&lt;p&gt;Apache License 2.0. 모델마다 라이선스가 따로 있으며, 모델 목록에서 볼 수 있습니다.&lt;/p&gt;</translation>
    </message>
    <message>
        <source>About vision_app</source>
        <translation>vision_app 정보</translation>
    </message>
</context>
<context>
    <name>ComparePage</name>
    <message>
        <source>Run two models (Models, Ctrl+1) to see them side by side on the same picture.</source>
        <translation>모델 두 개를 실행하면(모델, Ctrl+1) 같은 화면에서 나란히 비교할 수 있습니다.</translation>
    </message>
</context>
<context>
    <name>ConfusionMatrix</name>
    <message>
        <source>{count} of {total} samples of {true} were called {said}</source>
        <translation>{true} 샘플 {total}개 중 {count}개를 {said}(으)로 판단</translation>
    </message>
    <message>
        <source>unknown</source>
        <translation>모름</translation>
    </message>
    <message>
        <source>What was said</source>
        <translation>판단</translation>
    </message>
    <message>
        <source>True class</source>
        <translation>실제 클래스</translation>
    </message>
    <message>
        <source>Confusion matrix: rows are true, columns are what was said</source>
        <translation>혼동 행렬: 행은 실제, 열은 판정</translation>
    </message>
</context>
<context>
    <name>CornersRow</name>
    <message>
        <source>Drag the corners on the picture</source>
        <translation>화면에서 모서리 끌기</translation>
    </message>
    <message>
        <source>Reset</source>
        <translation>되돌리기</translation>
    </message>
</context>
<context>
    <name>Course</name>
    <message>
        <source>Convolution</source>
        <translation>합성곱</translation>
    </message>
    <message>
        <source>A small window of weights goes over the picture and answers to its edges.</source>
        <translation>작은 가중치 창이 화면 위를 지나가며 가장자리에 반응합니다.</translation>
    </message>
    <message>
        <source>Sliding window</source>
        <translation>슬라이딩 윈도</translation>
    </message>
    <message>
        <source>Drag the window over the pixels: the sum below is one number of the output.</source>
        <translation>창을 픽셀 위로 끌어 보세요. 아래의 합이 출력의 숫자 하나입니다.</translation>
    </message>
    <message>
        <source>Stride</source>
        <translation>스트라이드</translation>
    </message>
    <message>
        <source>How far the window jumps, and how small that makes the output.</source>
        <translation>창이 몇 칸씩 건너뛰는지, 그래서 출력이 얼마나 작아지는지 봅니다.</translation>
    </message>
    <message>
        <source>Padding, dilation</source>
        <translation>패딩, 팽창</translation>
    </message>
    <message>
        <source>Zeros around the picture keep its size; gaps in the window let it see more.</source>
        <translation>둘레의 0은 크기를 지키고, 창의 틈은 더 넓게 보게 합니다.</translation>
    </message>
    <message>
        <source>ReLU, pooling</source>
        <translation>ReLU, 풀링</translation>
    </message>
    <message>
        <source>What is below zero becomes zero, and one of each four numbers is kept.</source>
        <translation>0보다 작은 수는 0이 되고, 네 숫자마다 하나만 남습니다.</translation>
    </message>
    <message>
        <source>Flatten, dense, CNN against MLP</source>
        <translation>평탄화, 완전연결, CNN과 MLP</translation>
    </message>
    <message>
        <source>How many weights a window needs, and how many a layer that joins all to all.</source>
        <translation>창 하나와 모두를 잇는 층에 가중치가 각각 몇 개 필요한지 비교합니다.</translation>
    </message>
    <message>
        <source>What layers see</source>
        <translation>층이 보는 것</translation>
    </message>
    <message>
        <source>Feature maps, channels</source>
        <translation>특징 맵, 채널</translation>
    </message>
    <message>
        <source>What each channel of each layer answers to, live: first edges, then things.</source>
        <translation>층마다 각 채널이 무엇에 반응하는지 실시간으로 봅니다. 가장자리에서 사물로 바뀝니다.</translation>
    </message>
    <message>
        <source>Kernels that were learnt</source>
        <translation>학습된 커널</translation>
    </message>
    <message>
        <source>The first windows of weights, as the training left them.</source>
        <translation>학습이 남긴 첫 층의 가중치 창입니다.</translation>
    </message>
    <message>
        <source>Receptive field</source>
        <translation>수용 영역</translation>
    </message>
    <message>
        <source>Choose a layer and click on the picture: how much one of its places sees.</source>
        <translation>층을 고르고 화면을 클릭하면 그 층의 한 자리가 얼마나 보는지 나옵니다.</translation>
    </message>
    <message>
        <source>Where a CNN looks</source>
        <translation>CNN이 보는 곳</translation>
    </message>
    <message>
        <source>A map over the picture shows what spoke for the class.</source>
        <translation>무엇을 보고 그 클래스라고 했는지 화면 위의 지도로 봅니다.</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>어텐션</translation>
    </message>
    <message>
        <source>Attention: query, key, value</source>
        <translation>어텐션: 쿼리, 키, 값</translation>
    </message>
    <message>
        <source>Each part of the picture asks all the others what matters to it.</source>
        <translation>화면의 각 부분이 나머지 모두에게 무엇이 중요한지 묻습니다.</translation>
    </message>
    <message>
        <source>Scaling and softmax</source>
        <translation>스케일링과 소프트맥스</translation>
    </message>
    <message>
        <source>From query times key over the scaled score to shares that sum to 1.</source>
        <translation>쿼리와 키의 곱에서 스케일된 점수를 거쳐, 더하면 1이 되는 비율까지 봅니다.</translation>
    </message>
    <message>
        <source>Multi-head attention</source>
        <translation>멀티 헤드 어텐션</translation>
    </message>
    <message>
        <source>All heads of a block side by side: some look at one place, some at all.</source>
        <translation>한 블록의 모든 헤드를 나란히 봅니다. 한 곳만 보는 헤드도, 전체를 보는 헤드도 있습니다.</translation>
    </message>
    <message>
        <source>ViT, patches, class token</source>
        <translation>ViT, 패치, 클래스 토큰</translation>
    </message>
    <message>
        <source>What of the picture reaches the class token through all blocks together.</source>
        <translation>모든 블록을 지나 화면의 무엇이 클래스 토큰에 이르는지 봅니다.</translation>
    </message>
    <message>
        <source>Depth and time</source>
        <translation>깊이와 시간</translation>
    </message>
    <message>
        <source>Gradient vanishing, skip connections</source>
        <translation>기울기 소실, 스킵 연결</translation>
    </message>
    <message>
        <source>How little of the error reaches the first of 41 layers, without and with skips.</source>
        <translation>41층 가운데 첫 층에 오차가 얼마나 전해지는지, 스킵 연결이 있을 때와 없을 때를 봅니다.</translation>
    </message>
    <message>
        <source>RNN, LSTM, GRU, vanishing over time</source>
        <translation>RNN, LSTM, GRU, 시간에 따른 기울기 소실</translation>
    </message>
    <message>
        <source>Which networks still know the first frame after forty, and which gates stay open.</source>
        <translation>40프레임 뒤에도 첫 프레임을 기억하는 신경망과 열려 있는 게이트를 봅니다.</translation>
    </message>
    <message>
        <source>Transformer over time</source>
        <translation>시간에 걸친 트랜스포머</translation>
    </message>
    <message>
        <source>Which moment of the last seconds counts most for a movement.</source>
        <translation>지난 몇 초 가운데 동작에 가장 중요한 순간을 봅니다.</translation>
    </message>
    <message>
        <source>MLP, CNN, RNN, Transformer on the same data</source>
        <translation>같은 데이터로 본 MLP, CNN, RNN, 트랜스포머</translation>
    </message>
    <message>
        <source>Every head learns your movements; a table and a plot compare them.</source>
        <translation>모든 헤드가 여러분의 동작을 배우고, 표와 그래프로 비교합니다.</translation>
    </message>
    <message>
        <source>Whole networks</source>
        <translation>신경망 전체</translation>
    </message>
    <message>
        <source>From a result to a number</source>
        <translation>결과에서 숫자까지</translation>
    </message>
    <message>
        <source>Walk from the name that is given down to the first weights and pixels.</source>
        <translation>답으로 나온 이름에서 첫 가중치와 픽셀까지 내려갑니다.</translation>
    </message>
    <message>
        <source>AlexNet, VGGNet, ResNet, GoogLeNet, EfficientNet</source>
        <translation>AlexNet, VGGNet, ResNet, GoogLeNet, EfficientNet</translation>
    </message>
    <message>
        <source>What each of them brought and costs, with a button to see it at work.</source>
        <translation>각각 무엇을 새로 내놓았고 얼마나 무거운지 읽고, 버튼을 눌러 직접 봅니다.</translation>
    </message>
    <message>
        <source>YOLO</source>
        <translation>YOLO</translation>
    </message>
    <message>
        <source>All boxes in one look, and which places of the picture spoke for one.</source>
        <translation>한 번에 모든 상자를 찾습니다. 어떤 자리들이 그 상자를 말했는지 봅니다.</translation>
    </message>
    <message>
        <source>Capsule networks</source>
        <translation>캡슐 신경망</translation>
    </message>
    <message>
        <source>Small groups of numbers that say what is there and how it lies.</source>
        <translation>무엇이 어떤 자세로 있는지 말하는 작은 숫자 묶음입니다.</translation>
    </message>
    <message>
        <source>Two families on one picture</source>
        <translation>한 화면에서 두 계열</translation>
    </message>
    <message>
        <source>Two models look at the same frame, each with its own map.</source>
        <translation>두 모델이 같은 프레임을 보고 각자의 지도를 보여 줍니다.</translation>
    </message>
    <message>
        <source>Can it be trusted?</source>
        <translation>믿어도 될까요?</translation>
    </message>
    <message>
        <source>Teach two things before different walls: is the map on the thing or on the wall?</source>
        <translation>두 물건을 서로 다른 벽 앞에서 가르친 뒤, 지도가 물건에 있는지 벽에 있는지 보세요.</translation>
    </message>
</context>
<context>
    <name>CourseDialog</name>
    <message>
        <source>Learn</source>
        <translation>배우기</translation>
    </message>
    <message>
        <source>Choose a heading of your notes: the view that shows it opens, live.</source>
        <translation>노트의 제목을 고르면 그것을 보여 주는 화면이 바로 열립니다.</translation>
    </message>
    <message>
        <source>Search, such as stride, attention or gradient</source>
        <translation>검색: 스트라이드, 어텐션, 기울기…</translation>
    </message>
    <message>
        <source>Search the headings</source>
        <translation>제목 검색</translation>
    </message>
    <message>
        <source>Heading</source>
        <translation>제목</translation>
    </message>
    <message>
        <source>What is seen</source>
        <translation>볼 수 있는 것</translation>
    </message>
    <message>
        <source>Headings of the course</source>
        <translation>강의의 제목</translation>
    </message>
    <message>
        <source>No heading is about that. Try a shorter or a more common word.</source>
        <translation>그런 제목이 없습니다. 더 짧거나 흔한 말로 검색해 보세요.</translation>
    </message>
</context>
<context>
    <name>Curves</name>
    <message>
        <source>Curves of loss and accuracy</source>
        <translation>손실과 정확도 곡선</translation>
    </message>
    <message>
        <source>Epoch {epoch}: training loss {train}, validation loss {val}; best epoch {best}</source>
        <translation>에폭 {epoch}: 학습 손실 {train}, 검증 손실 {val}, 최고 에폭 {best}</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>손실</translation>
    </message>
    <message>
        <source>Accuracy</source>
        <translation>정확도</translation>
    </message>
    <message>
        <source>unfrozen from here</source>
        <translation>여기서 고정 풀림</translation>
    </message>
    <message>
        <source>best: epoch {epoch}</source>
        <translation>최고: 에폭 {epoch}</translation>
    </message>
    <message>
        <source>training</source>
        <translation>학습</translation>
    </message>
    <message>
        <source>validation</source>
        <translation>검증</translation>
    </message>
</context>
<context>
    <name>DepthPage</name>
    <message>
        <source>Plain</source>
        <translation>일반</translation>
    </message>
    <message>
        <source>With skip connections</source>
        <translation>스킵 연결 있음</translation>
    </message>
    <message>
        <source>{kind}: batch {step}; first layer&apos;s gradient is {share} of the last one&apos;s; {right} right</source>
        <translation>{kind}: 배치 {step}, 첫 층의 기울기는 마지막 층의 {share}배, 정답률 {right}</translation>
    </message>
    <message>
        <source>{depth} convolutions each, the same first weights, the same pictures. Going back through plain layers the gradient shrinks at each of them until the first ones learn nothing; a skip connection gives it a way around.</source>
        <translation>두 신경망 모두 합성곱 {depth}개, 같은 초기 가중치, 같은 그림을 씁니다. 일반 층을 거슬러 올라가면 기울기가 층마다 작아져 앞쪽 층은 아무것도 배우지 못합니다. 스킵 연결은 기울기에 돌아갈 길을 내줍니다.</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>깊이</translation>
    </message>
    <message>
        <source>Moment</source>
        <translation>시점</translation>
    </message>
    <message>
        <source>Stop the training</source>
        <translation>학습 중지</translation>
    </message>
    <message>
        <source>Train both here</source>
        <translation>여기서 둘 다 학습</translation>
    </message>
</context>
<context>
    <name>Desktop</name>
    <message>
        <source>Something went wrong inside the program: {error}</source>
        <translation>프로그램 안에서 문제가 생겼습니다: {error}</translation>
    </message>
</context>
<context>
    <name>DoubtBox</name>
    <message>
        <source>Collect what the model is unsure of</source>
        <translation>모델이 확신하지 못한 장면 모으기</translation>
    </message>
    <message>
        <source>In memory only, at most 200; a frame becomes a sample when you name it</source>
        <translation>메모리에만 최대 200장을 둡니다. 이름을 붙인 장면만 샘플이 됩니다</translation>
    </message>
    <message>
        <source>Name {count}…</source>
        <translation>{count}장에 이름 붙이기…</translation>
    </message>
</context>
<context>
    <name>DoubtDialog</name>
    <message>
        <source>What the model was unsure of</source>
        <translation>모델이 확신하지 못한 장면</translation>
    </message>
    <message>
        <source>Train again, keep it only if it is better</source>
        <translation>다시 학습하고, 더 나을 때만 사용</translation>
    </message>
    <message>
        <source>Nothing waits any more; {count} were named.</source>
        <translation>남은 장면이 없습니다. {count}장에 이름을 붙였습니다.</translation>
    </message>
    <message>
        <source>Perhaps {name}, {share} sure; {count} wait</source>
        <translation>{name}일 수 있음(확신도 {share}), {count}장 남음</translation>
    </message>
    <message>
        <source>Delete: forget it</source>
        <translation>Delete: 버리기</translation>
    </message>
</context>
<context>
    <name>EvaluationDialog</name>
    <message>
        <source>unknown</source>
        <translation>모름</translation>
    </message>
    <message>
        <source>{count} of {true} called {said}</source>
        <translation>{true} 중 {count}개를 {said}(으)로 판단</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>클래스</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>정밀도</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>재현율</translation>
    </message>
    <message>
        <source>F1</source>
        <translation>F1</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>샘플</translation>
    </message>
    <message>
        <source>Unknown</source>
        <translation>모름</translation>
    </message>
    <message>
        <source>{count} mistakes, the most confident first</source>
        <translation>틀린 샘플 {count}개, 가장 확신한 것부터</translation>
    </message>
    <message>
        <source>No mistakes</source>
        <translation>틀린 샘플 없음</translation>
    </message>
    <message>
        <source>One mistake</source>
        <translation>틀린 샘플 1개</translation>
    </message>
    <message>
        <source>is {true}, called {said}</source>
        <translation>실제 {true}, 판정 {said}</translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation>보고서 저장</translation>
    </message>
    <message>
        <source>How good is {model}?</source>
        <translation>{model}은(는) 얼마나 정확한가?</translation>
    </message>
    <message>
        <source>Confusion matrix</source>
        <translation>혼동 행렬</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>클래스</translation>
    </message>
    <message>
        <source>Figures of each class</source>
        <translation>클래스별 수치</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>What was called unknown is counted under its best class as well.</source>
        <translation>‘모름’으로 판정한 샘플은 가장 확률이 높은 클래스에도 함께 셉니다.</translation>
    </message>
    <message>
        <source>Mistakes</source>
        <translation>틀린 샘플</translation>
    </message>
    <message>
        <source>Save report…</source>
        <translation>보고서 저장…</translation>
    </message>
</context>
<context>
    <name>Families</name>
    <message>
        <source>Every number of the picture is connected to every neuron of a layer.</source>
        <translation>그림의 모든 숫자가 층의 모든 뉴런과 연결됩니다.</translation>
    </message>
    <message>
        <source>Backpropagation trains several layers at once: networks learn their own features.</source>
        <translation>역전파로 여러 층을 한꺼번에 학습하여, 신경망이 스스로 특징을 배웁니다.</translation>
    </message>
    <message>
        <source>Simple, and enough for small inputs without neighbourhood, such as embeddings.</source>
        <translation>단순하며, 임베딩처럼 작고 이웃 관계가 없는 입력에는 충분합니다.</translation>
    </message>
    <message>
        <source>Far too many weights for pictures, and a thing that moves is a new thing to it.</source>
        <translation>그림에 쓰기에는 가중치가 너무 많고, 물체가 움직이면 새로운 것으로 봅니다.</translation>
    </message>
    <message>
        <source>One small kernel slides over the picture: the same weights at every place.</source>
        <translation>작은 커널 하나가 그림 위를 미끄러지며, 어느 자리에서나 같은 가중치를 씁니다.</translation>
    </message>
    <message>
        <source>Sharing weights and looking at neighbours only made pictures learnable (LeNet).</source>
        <translation>가중치를 공유하고 이웃만 보게 하여 그림을 학습할 수 있게 되었습니다(LeNet).</translation>
    </message>
    <message>
        <source>Few weights, little data, fast; finds a thing wherever it is.</source>
        <translation>가중치와 데이터가 적어도 되고 빠르며, 물체가 어디에 있든 찾습니다.</translation>
    </message>
    <message>
        <source>Each layer sees a small surrounding; what is far apart meets only in deep layers.</source>
        <translation>층마다 좁은 주변만 보므로, 멀리 떨어진 것은 깊은 층에서야 만납니다.</translation>
    </message>
    <message>
        <source>A state goes from step to step: what was seen before changes what is seen now.</source>
        <translation>상태가 단계마다 이어져, 앞서 본 것이 지금 보는 것을 바꿉니다.</translation>
    </message>
    <message>
        <source>Sequences of any length with one set of weights; LSTM gates keep the gradient alive.</source>
        <translation>가중치 한 벌로 어떤 길이의 순서열도 다루며, LSTM의 게이트가 기울기를 살려 둡니다.</translation>
    </message>
    <message>
        <source>Needs one step of memory only, so it suits endless streams.</source>
        <translation>한 단계의 기억만 있으면 되므로 끝없는 스트림에 알맞습니다.</translation>
    </message>
    <message>
        <source>The gradient vanishes over many steps, and steps cannot be computed at the same time.</source>
        <translation>단계가 많아지면 기울기가 사라지고, 여러 단계를 동시에 계산할 수 없습니다.</translation>
    </message>
    <message>
        <source>Every token asks every other one: query times key, softmax, weighted sum of values.</source>
        <translation>모든 토큰이 서로에게 묻습니다. 쿼리와 키를 곱하고 소프트맥스를 거쳐 값을 가중합합니다.</translation>
    </message>
    <message>
        <source>Attention alone, without convolution or recurrence, and several heads at once.</source>
        <translation>합성곱이나 순환 없이 어텐션만으로, 여러 헤드를 동시에 씁니다.</translation>
    </message>
    <message>
        <source>What is far apart meets in the first layer; grows well with data and size.</source>
        <translation>멀리 떨어진 것도 첫 층에서 만나며, 데이터와 크기가 늘수록 좋아집니다.</translation>
    </message>
    <message>
        <source>The cost grows with the square of the tokens, and it needs much data.</source>
        <translation>비용이 토큰 수의 제곱으로 늘고, 데이터가 많이 필요합니다.</translation>
    </message>
    <message>
        <source>Five convolutions and three dense layers with ReLU, trained on graphics cards.</source>
        <translation>합성곱 다섯 층과 완전연결 세 층에 ReLU를 쓰고 그래픽 카드로 학습했습니다.</translation>
    </message>
    <message>
        <source>Won ImageNet 2012 by a wide margin; ReLU, dropout and augmentation became usual.</source>
        <translation>2012년 ImageNet에서 큰 차이로 우승했고, ReLU, 드롭아웃, 데이터 증강이 널리 쓰이게 되었습니다.</translation>
    </message>
    <message>
        <source>Short and easy to read; the first layer&apos;s kernels show edges and colours.</source>
        <translation>짧고 이해하기 쉬우며, 첫 층의 커널에서 가장자리와 색이 보입니다.</translation>
    </message>
    <message>
        <source>Most of its 61 million weights are in the dense layers; long surpassed.</source>
        <translation>가중치 6100만 개의 대부분이 완전연결층에 있고, 이미 오래전에 뒤처졌습니다.</translation>
    </message>
    <message>
        <source>Only 3 × 3 kernels, stacked: two of them see 5 × 5, three see 7 × 7.</source>
        <translation>3 × 3 커널만 쌓습니다. 두 개면 5 × 5, 세 개면 7 × 7을 봅니다.</translation>
    </message>
    <message>
        <source>Depth by one simple rule; small kernels need fewer weights for the same view.</source>
        <translation>간단한 규칙 하나로 깊어졌고, 작은 커널은 같은 시야에 가중치를 덜 씁니다.</translation>
    </message>
    <message>
        <source>Regular and clear; its features serve many other tasks.</source>
        <translation>규칙적이고 명확하며, 그 특징은 다른 여러 작업에도 쓰입니다.</translation>
    </message>
    <message>
        <source>Heavy: 138 million weights and 15 billion multiplications; deeper no longer trains.</source>
        <translation>무겁습니다. 가중치 1억 3800만 개, 곱셈 150억 번이고, 더 깊으면 학습되지 않습니다.</translation>
    </message>
    <message>
        <source>Each block adds what it read to what it makes: it learns only the difference.</source>
        <translation>블록마다 읽은 것을 만든 것에 더하므로 차이만 배웁니다.</translation>
    </message>
    <message>
        <source>Skip connections let the gradient pass: 152 layers train, where 30 plain ones do not.</source>
        <translation>스킵 연결로 기울기가 지나가, 일반 30층은 안 되던 학습이 152층에서도 됩니다.</translation>
    </message>
    <message>
        <source>Reliable, deep, the usual backbone; its class activation map is exact.</source>
        <translation>믿을 만하고 깊어 백본으로 널리 쓰이며, 클래스 활성화 맵이 정확합니다.</translation>
    </message>
    <message>
        <source>More computing than newer networks of the same accuracy.</source>
        <translation>정확도가 같은 최신 신경망보다 계산이 많습니다.</translation>
    </message>
    <message>
        <source>Kernels of several sizes side by side, joined: the network chooses the scale itself.</source>
        <translation>여러 크기의 커널을 나란히 놓고 이어 붙여, 신경망이 크기를 스스로 고릅니다.</translation>
    </message>
    <message>
        <source>1 × 1 convolutions save computing, and averages replace the large dense layers.</source>
        <translation>1 × 1 합성곱이 계산을 줄이고, 평균이 큰 완전연결층을 대신합니다.</translation>
    </message>
    <message>
        <source>Accurate with only 7 million weights; sees small and large things alike.</source>
        <translation>가중치 700만 개로도 정확하며, 작은 것과 큰 것을 함께 봅니다.</translation>
    </message>
    <message>
        <source>Many hand-made choices; hard to change and to extend.</source>
        <translation>손으로 정한 것이 많아 바꾸거나 늘리기 어렵습니다.</translation>
    </message>
    <message>
        <source>Depth, width and resolution grow together by one factor.</source>
        <translation>깊이, 너비, 해상도를 계수 하나로 함께 키웁니다.</translation>
    </message>
    <message>
        <source>The best accuracy a multiplication of its time; depthwise convolutions throughout.</source>
        <translation>당시 곱셈당 정확도가 가장 높았고, 깊이별 합성곱을 전체에 씁니다.</translation>
    </message>
    <message>
        <source>Small and fast on processors: the default model of this program is one.</source>
        <translation>작고 CPU에서 빠릅니다. 이 프로그램의 기본 모델도 이 계열입니다.</translation>
    </message>
    <message>
        <source>Depthwise layers use graphics cards badly; slower to train than it looks.</source>
        <translation>깊이별 합성곱은 그래픽 카드를 잘 활용하지 못해, 보기보다 학습이 느립니다.</translation>
    </message>
    <message>
        <source>The picture is cut into patches, and each patch is a token of a transformer.</source>
        <translation>그림을 패치로 나누고, 패치 하나하나를 트랜스포머의 토큰으로 씁니다.</translation>
    </message>
    <message>
        <source>No convolution is needed for pictures, if there is data enough.</source>
        <translation>데이터만 충분하면 그림에도 합성곱이 필요 없음을 보였습니다.</translation>
    </message>
    <message>
        <source>Every patch sees every other from the first block; attention can be looked at.</source>
        <translation>첫 블록부터 모든 패치가 서로를 보며, 어텐션을 들여다볼 수 있습니다.</translation>
    </message>
    <message>
        <source>Knows nothing of neighbourhood by itself; weak on little data and small things.</source>
        <translation>이웃 관계를 스스로 알지 못해, 데이터가 적거나 물체가 작으면 약합니다.</translation>
    </message>
    <message>
        <source>One look: every place of the map says box, class and how sure it is.</source>
        <translation>한 번만 봅니다. 맵의 자리마다 상자, 클래스, 확신도를 말합니다.</translation>
    </message>
    <message>
        <source>Detection in one pass made it live; today without anchors, even without suppression.</source>
        <translation>한 번의 통과로 실시간 검출이 가능해졌고, 지금은 앵커도 중복 제거도 없이 됩니다.</translation>
    </message>
    <message>
        <source>Fast, accurate, in all sizes; its class scores for each place are a map already.</source>
        <translation>빠르고 정확하며 크기가 다양합니다. 자리마다의 클래스 점수가 이미 지도입니다.</translation>
    </message>
    <message>
        <source>Small things in crowds are missed; slicing helps. Some versions are AGPL-3.0.</source>
        <translation>빽빽한 작은 물체를 놓치며, 나누어 검출하면 나아집니다. 일부 버전은 AGPL-3.0입니다.</translation>
    </message>
    <message>
        <source>A capsule is a vector: its length says whether, its direction how a thing is there.</source>
        <translation>캡슐은 벡터입니다. 길이는 물체가 있는지, 방향은 어떻게 있는지를 말합니다.</translation>
    </message>
    <message>
        <source>Routing by agreement: parts vote for wholes, and votes that agree win.</source>
        <translation>합의에 의한 라우팅: 부분이 전체에 투표하고, 일치하는 표가 이깁니다.</translation>
    </message>
    <message>
        <source>Keeps the pose of parts; copes with things that overlap.</source>
        <translation>부분의 자세를 유지하며, 겹친 물체도 다룹니다.</translation>
    </message>
    <message>
        <source>Slow, and never grew to large pictures.</source>
        <translation>느리고, 큰 그림으로는 확장되지 못했습니다.</translation>
    </message>
    <message>
        <source>Convolutions first, for neighbours; attention afterwards, for the whole.</source>
        <translation>먼저 합성곱으로 이웃을, 다음에 어텐션으로 전체를 봅니다.</translation>
    </message>
    <message>
        <source>Joins what each does best: MobileViT, CoAt, LeViT, ConViT.</source>
        <translation>각각의 장점을 합칩니다: MobileViT, CoAt, LeViT, ConViT.</translation>
    </message>
    <message>
        <source>Learns from less data than a ViT, with its wide view, on small devices too.</source>
        <translation>ViT보다 적은 데이터로도 넓은 시야를 배우며, 작은 기기에서도 돌아갑니다.</translation>
    </message>
    <message>
        <source>More kinds of layers, more choices, harder to read and to speed up.</source>
        <translation>층의 종류와 선택이 많아 이해하기도, 빠르게 하기도 어렵습니다.</translation>
    </message>
</context>
<context>
    <name>FamiliesPage</name>
    <message>
        <source>none in the catalogue</source>
        <translation>모델 목록에 없음</translation>
    </message>
    <message>
        <source>Idea</source>
        <translation>아이디어</translation>
    </message>
    <message>
        <source>Contribution</source>
        <translation>기여</translation>
    </message>
    <message>
        <source>Strength</source>
        <translation>장점</translation>
    </message>
    <message>
        <source>Weakness</source>
        <translation>단점</translation>
    </message>
    <message>
        <source>Depth and cost, of the catalogue</source>
        <translation>깊이와 비용(모델 목록 기준)</translation>
    </message>
    <message>
        <source>See it</source>
        <translation>직접 보기</translation>
    </message>
    <message>
        <source>{n} layers</source>
        <translation>{n}층</translation>
    </message>
    <message>
        <source>{n} M weights</source>
        <translation>가중치 {n}M</translation>
    </message>
    <message>
        <source>{n} M multiplications</source>
        <translation>곱셈 {n}M</translation>
    </message>
</context>
<context>
    <name>FamilyBlocks</name>
    <message>
        <source>attention</source>
        <translation>어텐션</translation>
    </message>
    <message>
        <source>average</source>
        <translation>평균</translation>
    </message>
    <message>
        <source>backbone</source>
        <translation>백본</translation>
    </message>
    <message>
        <source>boxes</source>
        <translation>상자</translation>
    </message>
    <message>
        <source>capsules</source>
        <translation>캡슐</translation>
    </message>
    <message>
        <source>class token</source>
        <translation>클래스 토큰</translation>
    </message>
    <message>
        <source>classes</source>
        <translation>클래스</translation>
    </message>
    <message>
        <source>conv</source>
        <translation>합성곱</translation>
    </message>
    <message>
        <source>dense</source>
        <translation>완전연결</translation>
    </message>
    <message>
        <source>embed</source>
        <translation>임베딩</translation>
    </message>
    <message>
        <source>join</source>
        <translation>연결</translation>
    </message>
    <message>
        <source>length</source>
        <translation>길이</translation>
    </message>
    <message>
        <source>neck</source>
        <translation>넥</translation>
    </message>
    <message>
        <source>patches 16²</source>
        <translation>패치 16²</translation>
    </message>
    <message>
        <source>picture</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>pixels</source>
        <translation>픽셀</translation>
    </message>
    <message>
        <source>pool</source>
        <translation>풀링</translation>
    </message>
    <message>
        <source>result</source>
        <translation>결과</translation>
    </message>
    <message>
        <source>routing</source>
        <translation>라우팅</translation>
    </message>
    <message>
        <source>state</source>
        <translation>상태</translation>
    </message>
    <message>
        <source>tokens</source>
        <translation>토큰</translation>
    </message>
</context>
<context>
    <name>FilterPanel</name>
    <message>
        <source>A, before the models</source>
        <translation>A, 모델 앞</translation>
    </message>
    <message>
        <source>B</source>
        <translation>B</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>적용 전</translation>
    </message>
    <message>
        <source>After</source>
        <translation>적용 후</translation>
    </message>
    <message>
        <source>Results are not drawn here: perspective has moved what the models saw.</source>
        <translation>원근 필터로 모델이 본 위치가 바뀌어 여기에는 결과를 그리지 않습니다.</translation>
    </message>
    <message>
        <source>There is no picture to hold: open a source first.</source>
        <translation>잡아 둘 화면이 없습니다. 먼저 입력을 여세요.</translation>
    </message>
    <message>
        <source>A: before the models</source>
        <translation>A: 모델 앞</translation>
    </message>
    <message>
        <source>B: to compare</source>
        <translation>B: 비교용</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>표시</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>적용 전후</translation>
    </message>
    <message>
        <source>A and B side by side</source>
        <translation>A와 B 나란히</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>표시할 화면</translation>
    </message>
    <message>
        <source>Add a filter</source>
        <translation>필터 추가</translation>
    </message>
    <message>
        <source>Filters change the picture before the models see it. Add one, move its sliders, and take the code.</source>
        <translation>필터는 모델이 보기 전에 화면을 바꿉니다. 필터를 추가해 슬라이더를 움직여 보고 코드를 가져가세요.</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>코드</translation>
    </message>
    <message>
        <source>How robust is the model?</source>
        <translation>모델은 얼마나 견고한가요?</translation>
    </message>
    <message>
        <source>Histogram</source>
        <translation>히스토그램</translation>
    </message>
</context>
<context>
    <name>GradientPlot</name>
    <message>
        <source>first layer</source>
        <translation>첫 층</translation>
    </message>
    <message>
        <source>last layer</source>
        <translation>마지막 층</translation>
    </message>
</context>
<context>
    <name>HeadsDialog</name>
    <message>
        <source>Reading the movements</source>
        <translation>동작을 읽고 있습니다</translation>
    </message>
    <message>
        <source>{head}: epoch {epoch} of at most {epochs}</source>
        <translation>{head}: 최대 {epochs}에폭 중 {epoch}에폭</translation>
    </message>
    <message>
        <source>No movement is held out: record more of them to see which head is right more often.</source>
        <translation>따로 둔 동작이 없습니다. 어느 헤드가 더 자주 맞히는지 보려면 동작을 더 녹화하세요.</translation>
    </message>
    <message>
        <source>Held out: {count} movements. The best epoch was chosen by the same ones, so all of them look a little better than they are; with few movements a difference of one or two says nothing.</source>
        <translation>따로 둔 동작 {count}개로 쟀습니다. 가장 좋은 에폭도 같은 동작으로 골랐으므로 모두 실제보다 조금 좋게 나옵니다. 동작이 적으면 한두 개 차이는 아무것도 뜻하지 않습니다.</translation>
    </message>
    <message>
        <source>Heads side by side</source>
        <translation>헤드 비교</translation>
    </message>
    <message>
        <source>The same movements are learnt by each head, and the same ones are held out. An MLP sees their mean only, a CNN short stretches, GRU and LSTM go from moment to moment with a memory, in a Transformer each moment asks all others. No model is kept.</source>
        <translation>헤드마다 같은 동작을 배우고, 검증에도 같은 동작을 씁니다. MLP는 평균만, CNN은 짧은 구간만 봅니다. GRU와 LSTM은 기억을 가지고 순간에서 순간으로 나아가고, 트랜스포머에서는 순간마다 다른 모든 순간에 묻습니다. 모델은 저장하지 않습니다.</translation>
    </message>
    <message>
        <source>Right</source>
        <translation>정답률</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>파라미터</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>학습 시간</translation>
    </message>
    <message>
        <source>A frame</source>
        <translation>프레임당 시간</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>헤드</translation>
    </message>
    <message>
        <source>What the plot shows</source>
        <translation>그래프에 표시할 값</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Train all heads</source>
        <translation>모든 헤드 학습</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>Inside</name>
    <message>
        <source>Class activation map</source>
        <translation>클래스 활성화 맵</translation>
    </message>
    <message>
        <source>Where the network sees the class. Exact where averages feed a dense layer.</source>
        <translation>신경망이 그 클래스를 보는 곳입니다. 평균이 완전연결층으로 들어가는 경우 정확합니다.</translation>
    </message>
    <message>
        <source>Eigen-CAM</source>
        <translation>Eigen-CAM</translation>
    </message>
    <message>
        <source>Where the network responds most, whatever the class.</source>
        <translation>클래스와 관계없이 신경망이 가장 크게 반응하는 곳입니다.</translation>
    </message>
    <message>
        <source>ReciproCAM</source>
        <translation>ReciproCAM</translation>
    </message>
    <message>
        <source>How sure it stays of the class when only one place is left.</source>
        <translation>한 자리만 남겼을 때 그 클래스를 얼마나 확신하는지입니다.</translation>
    </message>
    <message>
        <source>Attention rollout</source>
        <translation>어텐션 롤아웃</translation>
    </message>
    <message>
        <source>Where the result of a transformer comes from, all blocks together.</source>
        <translation>모든 블록을 합쳐, 트랜스포머의 결과가 어디에서 오는지입니다.</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>어텐션</translation>
    </message>
    <message>
        <source>Where one block looks. Click on the picture to ask from that place.</source>
        <translation>블록 하나가 보는 곳입니다. 화면을 클릭하면 그 자리에서 물어봅니다.</translation>
    </message>
    <message>
        <source>Feature map</source>
        <translation>특징 맵</translation>
    </message>
    <message>
        <source>How strongly the last layer with places responds.</source>
        <translation>자리가 남아 있는 마지막 층이 얼마나 크게 반응하는지입니다.</translation>
    </message>
    <message>
        <source>Similarity</source>
        <translation>유사도</translation>
    </message>
    <message>
        <source>Which places look alike to the network. Click on one.</source>
        <translation>신경망에 비슷하게 보이는 자리들입니다. 한 곳을 클릭하세요.</translation>
    </message>
    <message>
        <source>Occlusion</source>
        <translation>가리기</translation>
    </message>
    <message>
        <source>How much surer the model is with each part than without it. Takes a while.</source>
        <translation>각 부분이 있을 때와 없을 때 확신도의 차이입니다. 시간이 걸립니다.</translation>
    </message>
    <message>
        <source>RISE</source>
        <translation>RISE</translation>
    </message>
    <message>
        <source>The same with random masks; needs nothing of the inside. Takes a while.</source>
        <translation>무작위 마스크로 같은 것을 봅니다. 내부를 몰라도 됩니다. 시간이 걸립니다.</translation>
    </message>
    <message>
        <source>Capsule routing</source>
        <translation>캡슐 라우팅</translation>
    </message>
    <message>
        <source>What the lower capsules of each place send to the class.</source>
        <translation>자리마다 아래쪽 캡슐이 그 클래스로 보내는 양입니다.</translation>
    </message>
    <message>
        <source>convolution</source>
        <translation>합성곱</translation>
    </message>
    <message>
        <source>pointwise convolution</source>
        <translation>점별 합성곱</translation>
    </message>
    <message>
        <source>depthwise convolution</source>
        <translation>깊이별 합성곱</translation>
    </message>
    <message>
        <source>grouped convolution</source>
        <translation>그룹 합성곱</translation>
    </message>
    <message>
        <source>transposed convolution</source>
        <translation>전치 합성곱</translation>
    </message>
    <message>
        <source>dense</source>
        <translation>완전연결</translation>
    </message>
    <message>
        <source>max pooling</source>
        <translation>최대 풀링</translation>
    </message>
    <message>
        <source>average pooling</source>
        <translation>평균 풀링</translation>
    </message>
    <message>
        <source>global average pooling</source>
        <translation>전역 평균 풀링</translation>
    </message>
    <message>
        <source>global max pooling</source>
        <translation>전역 최대 풀링</translation>
    </message>
    <message>
        <source>addition (skip connection)</source>
        <translation>덧셈(스킵 연결)</translation>
    </message>
    <message>
        <source>concatenation</source>
        <translation>이어 붙이기</translation>
    </message>
    <message>
        <source>resize</source>
        <translation>크기 조절</translation>
    </message>
    <message>
        <source>attention</source>
        <translation>어텐션</translation>
    </message>
    <message>
        <source>layer normalisation</source>
        <translation>층 정규화</translation>
    </message>
    <message>
        <source>instance normalisation</source>
        <translation>인스턴스 정규화</translation>
    </message>
    <message>
        <source>group normalisation</source>
        <translation>그룹 정규화</translation>
    </message>
</context>
<context>
    <name>InsideController</name>
    <message>
        <source>This model sees parts of the picture only: no map covers all of it.</source>
        <translation>이 모델은 화면의 일부만 보므로 전체를 덮는 지도가 없습니다.</translation>
    </message>
</context>
<context>
    <name>InsidePanel</name>
    <message>
        <source>Look inside</source>
        <translation>들여다보기</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>지도</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>층</translation>
    </message>
    <message>
        <source>Lessons</source>
        <translation>수업</translation>
    </message>
    <message>
        <source>Families</source>
        <translation>계열</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>비교</translation>
    </message>
    <message>
        <source>Sliding window</source>
        <translation>슬라이딩 윈도</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>어텐션</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>깊이</translation>
    </message>
    <message>
        <source>Down to a number</source>
        <translation>숫자 하나까지</translation>
    </message>
    <message>
        <source>Memory over time</source>
        <translation>시간에 걸친 기억</translation>
    </message>
    <message>
        <source>Attention over time</source>
        <translation>시간에 걸친 어텐션</translation>
    </message>
</context>
<context>
    <name>Instance</name>
    <message>
        <source>A second start cannot be handed over to this window and opens one of its own: {why}</source>
        <translation>프로그램을 다시 실행해도 이 창으로 이어지지 않고 새 창이 열립니다: {why}</translation>
    </message>
</context>
<context>
    <name>Jobs</name>
    <message>
        <source>{added} samples brought in, {known} were here already, {refused} refused.</source>
        <translation>샘플 {added}개를 가져왔고, {known}개는 이미 있었으며, {refused}개는 거부했습니다.</translation>
    </message>
    <message>
        <source>Bringing in {place}</source>
        <translation>{place} 가져오는 중</translation>
    </message>
    <message>
        <source>{name}: the movement is kept.</source>
        <translation>{name}: 동작을 저장했습니다.</translation>
    </message>
    <message>
        <source>{name}: it is known.</source>
        <translation>{name}: 이미 저장된 동작입니다.</translation>
    </message>
    <message>
        <source>Looking at {place}</source>
        <translation>{place} 살펴보는 중</translation>
    </message>
    <message>
        <source>{count} samples copied to {place}</source>
        <translation>샘플 {count}개를 {place}(으)로 내보냈습니다</translation>
    </message>
    <message>
        <source>Copying to {place}</source>
        <translation>{place}(으)로 내보내는 중</translation>
    </message>
    <message>
        <source>{name} is in {place}; begin with {start}</source>
        <translation>{name}을(를) {place}에 저장했습니다. {start}부터 여세요.</translation>
    </message>
    <message>
        <source>Exporting {name}</source>
        <translation>{name} 내보내는 중</translation>
    </message>
    <message>
        <source>Looking for pictures that are alike</source>
        <translation>비슷한 사진을 찾는 중</translation>
    </message>
    <message>
        <source>Evaluating {model}</source>
        <translation>{model} 평가 중</translation>
    </message>
    <message>
        <source>{name}: {share} of {count} movements right that it has not learnt from; in a stream {found} of {all} are reported</source>
        <translation>{name}: 학습에 쓰지 않은 동작 {count}개 중 {share} 맞음, 이어 붙인 영상에서는 {all}개 중 {found}개를 알렸습니다</translation>
    </message>
    <message>
        <source>{name}: {share} of {count} movements right; in a stream {found} of {all} are reported</source>
        <translation>{name}: 동작 {count}개 중 {share} 맞음, 이어 붙인 영상에서는 {all}개 중 {found}개를 알렸습니다</translation>
    </message>
    <message>
        <source>{seconds} s after their end</source>
        <translation>동작이 끝나고 {seconds}초 뒤</translation>
    </message>
    <message>
        <source>Comparing two versions</source>
        <translation>두 버전 비교 중</translation>
    </message>
    <message>
        <source>The model has learnt from {count} of these movements.</source>
        <translation>모델이 이 동작 중 {count}개로 학습했습니다.</translation>
    </message>
    <message>
        <source>Writing the report</source>
        <translation>보고서 쓰는 중</translation>
    </message>
    <message>
        <source>Report: {path}</source>
        <translation>보고서: {path}</translation>
    </message>
    <message>
        <source>Going back to version {number}</source>
        <translation>버전 {number}(으)로 되돌리는 중</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>Mirror the picture</source>
        <translation>화면 좌우 반전</translation>
    </message>
    <message>
        <source>Turn the picture by 90°</source>
        <translation>화면 90도 회전</translation>
    </message>
    <message>
        <source>Walk through the list of sources</source>
        <translation>입력 목록에서 이동</translation>
    </message>
    <message>
        <source>Open what is chosen in the list of sources</source>
        <translation>입력 목록에서 고른 것 열기</translation>
    </message>
    <message>
        <source>Close the list of sources</source>
        <translation>입력 목록 닫기</translation>
    </message>
    <message>
        <source>Play or pause</source>
        <translation>재생 또는 일시 정지</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>한 프레임 뒤로</translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation>한 프레임 앞으로</translation>
    </message>
    <message>
        <source>Play again and again</source>
        <translation>반복 재생</translation>
    </message>
    <message>
        <source>Position of the clip: one second back or on</source>
        <translation>재생 위치: 1초 뒤로 또는 앞으로</translation>
    </message>
    <message>
        <source>Position of the clip: five seconds back or on</source>
        <translation>재생 위치: 5초 뒤로 또는 앞으로</translation>
    </message>
    <message>
        <source>Time line: go to what was seen before or after</source>
        <translation>시간 표시줄: 앞이나 뒤에 보인 것으로 이동</translation>
    </message>
    <message>
        <source>Leave the full screen</source>
        <translation>전체 화면 끝내기</translation>
    </message>
    <message>
        <source>Bring back the model that was taken away</source>
        <translation>화면에서 뺀 모델 되돌리기</translation>
    </message>
    <message>
        <source>Tick a class to be found</source>
        <translation>찾을 클래스 선택</translation>
    </message>
    <message>
        <source>Curve of smaller versions: go from version to version</source>
        <translation>작은 버전 그래프: 버전 이동</translation>
    </message>
    <message>
        <source>Curve of smaller versions: go to the first or last version</source>
        <translation>작은 버전 그래프: 처음이나 마지막 버전으로</translation>
    </message>
    <message>
        <source>Curve of smaller versions: choose the version</source>
        <translation>작은 버전 그래프: 버전 선택</translation>
    </message>
    <message>
        <source>Hold: take samples of the first to the ninth class</source>
        <translation>누르고 있기: 첫째~아홉째 클래스의 샘플 찍기</translation>
    </message>
    <message>
        <source>Make a class of the name that is typed</source>
        <translation>입력한 이름으로 클래스 만들기</translation>
    </message>
    <message>
        <source>Train the model of the name that is typed</source>
        <translation>입력한 이름의 모델 학습</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Drawn region: move it</source>
        <translation>직접 그린 영역: 옮기기</translation>
    </message>
    <message>
        <source>Drawn region: make it larger or smaller</source>
        <translation>직접 그린 영역: 크기 바꾸기</translation>
    </message>
    <message>
        <source>Drawn region: keep it</source>
        <translation>직접 그린 영역: 확정</translation>
    </message>
    <message>
        <source>Drawn region: leave it as it was</source>
        <translation>직접 그린 영역: 취소</translation>
    </message>
    <message>
        <source>Show the chosen sample large</source>
        <translation>선택한 샘플 크게 보기</translation>
    </message>
    <message>
        <source>Delete the chosen samples</source>
        <translation>선택한 샘플 지우기</translation>
    </message>
    <message>
        <source>Doubtful frame: it is of the first to the ninth class</source>
        <translation>확신하지 못한 장면: 첫째~아홉째 클래스로 지정</translation>
    </message>
    <message>
        <source>Doubtful frame: forget it</source>
        <translation>확신하지 못한 장면: 버리기</translation>
    </message>
    <message>
        <source>Confusion matrix: go from cell to cell</source>
        <translation>혼동 행렬: 칸 이동</translation>
    </message>
    <message>
        <source>Confusion matrix: go to the first or last cell of a row</source>
        <translation>혼동 행렬: 행의 첫 칸이나 끝 칸으로</translation>
    </message>
    <message>
        <source>Confusion matrix: show the pictures of the cell</source>
        <translation>혼동 행렬: 칸의 사진 보기</translation>
    </message>
    <message>
        <source>Move the filter up or down</source>
        <translation>필터를 위나 아래로 옮기기</translation>
    </message>
    <message>
        <source>Histogram: move the threshold</source>
        <translation>히스토그램: 임계값 옮기기</translation>
    </message>
    <message>
        <source>Show the chosen camera large</source>
        <translation>선택한 카메라 크게 보기</translation>
    </message>
    <message>
        <source>End the zone that is being drawn</source>
        <translation>그리고 있는 구역 완성</translation>
    </message>
    <message>
        <source>Give up what is being drawn, or back to all cameras</source>
        <translation>그리기 취소 또는 모든 카메라로 돌아가기</translation>
    </message>
    <message>
        <source>To the next thing that can be used, or to the one before</source>
        <translation>다음 또는 이전 항목으로 이동</translation>
    </message>
    <message>
        <source>Press the button, or tick the box</source>
        <translation>버튼 누르기, 체크 상자 선택</translation>
    </message>
    <message>
        <source>Press the main button of a dialog</source>
        <translation>대화 상자의 기본 버튼 누르기</translation>
    </message>
    <message>
        <source>Close the dialog, the notice or the first steps</source>
        <translation>대화 상자, 알림, 처음 시작하기 닫기</translation>
    </message>
    <message>
        <source>Open the menus</source>
        <translation>메뉴 열기</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>Clip</source>
        <translation>영상</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>화면</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>가르치기</translation>
    </message>
    <message>
        <source>Samples and results of teaching</source>
        <translation>샘플과 학습 결과</translation>
    </message>
    <message>
        <source>OpenCV</source>
        <translation>OpenCV</translation>
    </message>
    <message>
        <source>Keeping something</source>
        <translation>저장과 녹화</translation>
    </message>
    <message>
        <source>Panels</source>
        <translation>패널</translation>
    </message>
    <message>
        <source>Site with many cameras</source>
        <translation>여러 카메라의 현장</translation>
    </message>
    <message>
        <source>Everywhere</source>
        <translation>어디서나</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>도움말</translation>
    </message>
</context>
<context>
    <name>LargePage</name>
    <message>
        <source>All streams</source>
        <translation>전체 스트림</translation>
    </message>
    <message>
        <source>Draw a line</source>
        <translation>선 그리기</translation>
    </message>
    <message>
        <source>Draw a zone</source>
        <translation>구역 그리기</translation>
    </message>
    <message>
        <source>Name of the next one</source>
        <translation>다음에 그릴 것의 이름</translation>
    </message>
    <message>
        <source>Lines, zones and other rules</source>
        <translation>선, 구역 및 기타 규칙</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>line</source>
        <translation>선</translation>
    </message>
    <message>
        <source>zone</source>
        <translation>구역</translation>
    </message>
    <message>
        <source>A zone has at least three corners, and its edges do not cross. Esc begins anew.</source>
        <translation>구역은 꼭짓점이 세 개 이상이어야 하고 변이 서로 교차하면 안 됩니다. Esc를 누르면 다시 그립니다.</translation>
    </message>
    <message>
        <source>Click the two ends. What goes to the right of who walks from the first to the second is in.</source>
        <translation>양 끝을 차례로 클릭하세요. 첫 점에서 둘째 점을 향해 설 때 오른쪽으로 넘어가면 들어온 것으로 셉니다.</translation>
    </message>
    <message>
        <source>Click the corners; a double click or Enter ends the zone. Esc forgets it.</source>
        <translation>꼭짓점을 차례로 클릭하세요. 더블 클릭하거나 Enter를 누르면 구역이 완성되고, Esc를 누르면 취소됩니다.</translation>
    </message>
</context>
<context>
    <name>LayersPage</name>
    <message>
        <source>kernel {k}, stride {s}, padding {p}, dilation {d}</source>
        <translation>커널 {k}, 스트라이드 {s}, 패딩 {p}, 팽창 {d}</translation>
    </message>
    <message>
        <source>output {shape}</source>
        <translation>출력 {shape}</translation>
    </message>
    <message>
        <source>one place sees {size} pixels; click on the picture to see which</source>
        <translation>한 자리가 {size} 픽셀을 봅니다. 어디인지 보려면 화면을 클릭하세요</translation>
    </message>
    <message>
        <source>sees the whole picture</source>
        <translation>그림 전체를 봅니다</translation>
    </message>
    <message>
        <source>{n} multiplications</source>
        <translation>곱셈 {n}번</translation>
    </message>
    <message>
        <source>{layer}, channel {n}</source>
        <translation>{layer}, 채널 {n}</translation>
    </message>
    <message>
        <source>row {row}, column {column}: sees {size}</source>
        <translation>{row}행 {column}열: {size}을(를) 봅니다</translation>
    </message>
    <message>
        <source>name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>kind</source>
        <translation>종류</translation>
    </message>
    <message>
        <source>kernel</source>
        <translation>커널</translation>
    </message>
    <message>
        <source>stride</source>
        <translation>스트라이드</translation>
    </message>
    <message>
        <source>padding</source>
        <translation>패딩</translation>
    </message>
    <message>
        <source>output</source>
        <translation>출력</translation>
    </message>
    <message>
        <source>sees</source>
        <translation>시야</translation>
    </message>
    <message>
        <source>multiplications</source>
        <translation>곱셈</translation>
    </message>
    <message>
        <source>Layers</source>
        <translation>층</translation>
    </message>
    <message>
        <source>Kernels of the first layer</source>
        <translation>첫 층의 커널</translation>
    </message>
</context>
<context>
    <name>LearntDialog</name>
    <message>
        <source>Learnt kernels</source>
        <translation>학습된 커널</translation>
    </message>
    <message>
        <source>These are the kernels of the first layer of EfficientNet-Lite0. Nobody typed them in: they came out of training on a million photos. Some look for edges, some for spots, some for one colour beside another.</source>
        <translation>EfficientNet-Lite0 첫 층의 커널입니다. 사람이 적어 넣은 것이 아니라 사진 백만 장으로 학습해 얻은 것입니다. 가장자리를 찾는 것, 점을 찾는 것, 어떤 색 옆의 다른 색을 찾는 것이 있습니다.</translation>
    </message>
    <message>
        <source>The lesson: a kernel slides</source>
        <translation>수업: 커널을 밀어 보기</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>Lens</name>
    <message>
        <source>Numbers under the mouse</source>
        <translation>마우스 아래의 수</translation>
    </message>
    <message>
        <source>Point at the picture</source>
        <translation>화면 위를 가리켜 보세요</translation>
    </message>
    <message>
        <source>{name}: x {x}, y {y}</source>
        <translation>{name}: x {x}, y {y}</translation>
    </message>
    <message>
        <source>Pixel (blue green red): {before} → {after}</source>
        <translation>픽셀(파랑 초록 빨강): {before} → {after}</translation>
    </message>
    <message>
        <source>Neighbours, green</source>
        <translation>이웃 픽셀, 초록</translation>
    </message>
    <message>
        <source>Neighbours, grey</source>
        <translation>이웃 픽셀, 회색조</translation>
    </message>
    <message>
        <source>Sum of value × weight: {total}</source>
        <translation>값 × 가중치의 합: {total}</translation>
    </message>
</context>
<context>
    <name>LessonDialog</name>
    <message>
        <source>{call} · about {ms} ms for 1280 × 720 pixels</source>
        <translation>{call} · 1280 × 720 픽셀에 약 {ms} ms</translation>
    </message>
    <message>
        <source>Try it on a picture</source>
        <translation>그림으로 해 보기</translation>
    </message>
    <message>
        <source>A learnt one looks like this</source>
        <translation>학습된 커널 보기</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>LiveView</name>
    <message>
        <source>Live picture</source>
        <translation>실시간 영상</translation>
    </message>
    <message>
        <source>results {seconds} s old</source>
        <translation>{seconds}초 전 결과</translation>
    </message>
    <message>
        <source>Drop to add this model</source>
        <translation>놓으면 이 모델을 추가합니다</translation>
    </message>
    <message>
        <source>Drop to open this as the source</source>
        <translation>놓으면 이 파일을 입력으로 엽니다</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Show models</source>
        <translation>모델 보기</translation>
    </message>
    <message>
        <source>Finish recording {time}</source>
        <translation>녹화 마치기 {time}</translation>
    </message>
    <message>
        <source>Finish log {time}</source>
        <translation>기록 마치기 {time}</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>도구</translation>
    </message>
</context>
<context>
    <name>MapsPage</name>
    <message>
        <source>what the model says</source>
        <translation>모델이 말하는 것</translation>
    </message>
    <message>
        <source>This network has no exact class activation map; shown is {method}.</source>
        <translation>이 신경망에는 정확한 클래스 활성화 맵이 없어 {method}을(를) 보여 줍니다.</translation>
    </message>
    <message>
        <source>strongest at {x}, {y}</source>
        <translation>가장 강한 곳 {x}, {y}</translation>
    </message>
    <message>
        <source>Hide the map</source>
        <translation>지도 숨기기</translation>
    </message>
    <message>
        <source>Show where it looks</source>
        <translation>어디를 보는지 표시</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>방법</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>클래스</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>블록</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>헤드</translation>
    </message>
    <message>
        <source>last</source>
        <translation>마지막</translation>
    </message>
    <message>
        <source>all</source>
        <translation>전체</translation>
    </message>
</context>
<context>
    <name>MatrixRow</name>
    <message>
        <source>Write rows of numbers, semicolons between rows: as many rows as columns, 1, 3, 5 … 31.</source>
        <translation>수를 줄마다 쓰고 줄 사이에 세미콜론을 넣으세요. 줄 수와 칸 수가 같은 1, 3, 5 … 31이어야 합니다.</translation>
    </message>
    <message>
        <source>My own</source>
        <translation>직접 입력</translation>
    </message>
    <message>
        <source>Kernels to begin with</source>
        <translation>시작용 커널</translation>
    </message>
</context>
<context>
    <name>Menus</name>
    <message>
        <source>&amp;File</source>
        <translation>파일(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>보기(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Models</source>
        <translation>모델(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>도구(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>도움말(&amp;H)</translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation>최근에 연 항목</translation>
    </message>
    <message>
        <source>Nothing yet</source>
        <translation>아직 없음</translation>
    </message>
</context>
<context>
    <name>ModeButton</name>
    <message>
        <source>The camera&apos;s own choice</source>
        <translation>카메라 기본값</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>해상도</translation>
    </message>
    <message>
        <source>Size (not asked yet what it can do)</source>
        <translation>해상도(지원 목록을 아직 확인하지 않음)</translation>
    </message>
    <message>
        <source>Rate</source>
        <translation>프레임 속도</translation>
    </message>
    <message>
        <source>{fps} fps</source>
        <translation>{fps} fps</translation>
    </message>
    <message>
        <source>Size and rate of the camera</source>
        <translation>카메라의 해상도와 프레임 속도</translation>
    </message>
</context>
<context>
    <name>ModelCardWidget</name>
    <message>
        <source>Runs on {used}: {wanted} could not be had</source>
        <translation>{used}에서 실행 중: {wanted}을(를) 쓸 수 없었습니다</translation>
    </message>
    <message>
        <source>loading…</source>
        <translation>불러오는 중…</translation>
    </message>
    <message>
        <source>does not run</source>
        <translation>실행되지 않음</translation>
    </message>
    <message>
        <source>hidden</source>
        <translation>숨김</translation>
    </message>
    <message>
        <source>{p50} ms a picture, 95 % within {p95} ms</source>
        <translation>프레임당 {p50} ms, 95%가 {p95} ms 이내</translation>
    </message>
    <message>
        <source>{p50} ms a picture with all its windows, 95 % within {p95} ms</source>
        <translation>조각을 모두 합쳐 프레임당 {p50} ms, 95%가 {p95} ms 이내</translation>
    </message>
    <message>
        <source>Hide its results</source>
        <translation>결과 숨기기</translation>
    </message>
    <message>
        <source>Hide its results; a hidden model does not run</source>
        <translation>결과를 숨깁니다. 숨긴 모델은 실행되지 않습니다</translation>
    </message>
    <message>
        <source>Show its results</source>
        <translation>결과 보이기</translation>
    </message>
    <message>
        <source>Show its results; a hidden model does not run</source>
        <translation>결과를 보여 줍니다. 숨긴 모델은 실행되지 않습니다</translation>
    </message>
    <message>
        <source>Options</source>
        <translation>옵션</translation>
    </message>
    <message>
        <source>Take off the screen</source>
        <translation>화면에서 빼기</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Make it smaller and faster…</source>
        <translation>더 작고 빠르게 만들기…</translation>
    </message>
    <message>
        <source>A version in 8 bits, compared with this one on your own pictures</source>
        <translation>8비트 버전을 만들어 내 사진에서 이 모델과 비교합니다</translation>
    </message>
    <message>
        <source>Describe…</source>
        <translation>설명하기…</translation>
    </message>
    <message>
        <source>Say what the file does not say of itself, and keep it in the catalogue</source>
        <translation>파일에 없는 정보를 알려 주고 모델 목록에 보관합니다</translation>
    </message>
</context>
<context>
    <name>ModelFamilies</name>
    <message>
        <source>Hybrid</source>
        <translation>하이브리드</translation>
    </message>
    <message>
        <source>Transformer</source>
        <translation>트랜스포머</translation>
    </message>
    <message>
        <source>Capsules</source>
        <translation>캡슐 신경망</translation>
    </message>
    <message>
        <source>MLP</source>
        <translation>다층 퍼셉트론(MLP)</translation>
    </message>
    <message>
        <source>hand landmarks</source>
        <translation>손 특징점</translation>
    </message>
</context>
<context>
    <name>ModelPanel</name>
    <message>
        <source>{model} is off the screen</source>
        <translation>{model} 모델을 화면에서 뺐습니다</translation>
    </message>
    <message>
        <source>Add a model</source>
        <translation>모델 추가</translation>
    </message>
    <message>
        <source>ONNX models (*.onnx)</source>
        <translation>ONNX 모델 (*.onnx)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>Looking at {file}…</source>
        <translation>{file} 살펴보는 중…</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>On the picture</source>
        <translation>실행 중인 모델</translation>
    </message>
    <message>
        <source>No model runs. Add one of those below.</source>
        <translation>실행 중인 모델이 없습니다. 아래에서 추가하세요.</translation>
    </message>
    <message>
        <source>All models</source>
        <translation>모든 모델</translation>
    </message>
    <message>
        <source>Add from file…</source>
        <translation>파일에서 추가…</translation>
    </message>
    <message>
        <source>Add an ONNX file of your own</source>
        <translation>내 ONNX 파일을 추가합니다</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Bring back the model</source>
        <translation>모델 되돌리기</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>메시지 닫기</translation>
    </message>
</context>
<context>
    <name>MomentsPage</name>
    <message>
        <source>{model}: {answer}; the moment that counts most was {seconds} s ago</source>
        <translation>{model}: {answer}, 가장 중요한 순간은 {seconds}초 전</translation>
    </message>
    <message>
        <source>{model}: no hand or body is seen, or this head keeps a state instead of attending.</source>
        <translation>{model}: 손이나 몸이 보이지 않거나, 어텐션 대신 상태를 유지하는 헤드입니다.</translation>
    </message>
    <message>
        <source>No model over time is running. Teach movements (Teach), train the head Transformer, and run the model.</source>
        <translation>동작 모델이 실행되고 있지 않습니다. ‘가르치기’에서 동작을 가르치고 트랜스포머 헤드로 학습한 다음 모델을 실행하세요.</translation>
    </message>
    <message>
        <source>Each column is a moment, the newest at the right: how much it counts for the answer, in the last block of the Transformer, all its heads together. A recurrent network has nothing to show here: what it saw is in its state.</source>
        <translation>막대 하나가 한 순간이며 가장 오른쪽이 최신입니다. 막대 높이는 트랜스포머의 마지막 블록에서 모든 헤드를 합쳐 그 순간이 답에 얼마나 중요한지를 나타냅니다. 순환 신경망은 본 것이 상태에 들어 있어 여기에 보여 줄 것이 없습니다.</translation>
    </message>
    <message>
        <source>Attention over the last seconds</source>
        <translation>지난 몇 초의 어텐션</translation>
    </message>
</context>
<context>
    <name>MovementBox</name>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Count down</source>
        <translation>카운트다운</translation>
    </message>
    <message>
        <source>{name}: {seconds} s</source>
        <translation>{name}: {seconds}초</translation>
    </message>
    <message>
        <source>{name}: {count} kept</source>
        <translation>{name}: {count}개 저장</translation>
    </message>
    <message>
        <source>{count} of what lies between</source>
        <translation>동작 사이 {count}개</translation>
    </message>
    <message>
        <source>{count} frames were not looked at</source>
        <translation>살펴보지 못한 프레임 {count}개</translation>
    </message>
    <message>
        <source>Hold the key of a class while you make its movement, once for each.</source>
        <translation>클래스의 키를 누른 채 동작을 하세요. 한 번 누를 때마다 한 번씩 저장됩니다.</translation>
    </message>
    <message>
        <source>In</source>
        <translation>시작</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>끝</translation>
    </message>
    <message>
        <source>Movements</source>
        <translation>동작</translation>
    </message>
    <message>
        <source>Hands</source>
        <translation>손</translation>
    </message>
    <message>
        <source>Body</source>
        <translation>몸</translation>
    </message>
    <message>
        <source>Hands and body</source>
        <translation>손과 몸</translation>
    </message>
    <message>
        <source>What is looked at</source>
        <translation>살펴볼 부위</translation>
    </message>
    <message>
        <source>What of a person is looked at while a movement is recorded</source>
        <translation>동작을 기록할 때 사람의 어느 부위를 살펴볼지 고릅니다</translation>
    </message>
    <message>
        <source>{count} each</source>
        <translation>각 {count}개</translation>
    </message>
    <message>
        <source>Movements of each class</source>
        <translation>클래스마다 동작 수</translation>
    </message>
    <message>
        <source>For one person alone: counts 3-2-1, then records two seconds, again and again</source>
        <translation>혼자 할 때: 3-2-1을 센 뒤 2초씩 되풀이해 기록합니다</translation>
    </message>
    <message>
        <source>Fill “idle” meanwhile</source>
        <translation>쉬는 동안 ‘동작 사이’ 채우기</translation>
    </message>
    <message>
        <source>Records what lies between movements while nothing else is recorded: rest, scratch, reach</source>
        <translation>다른 것을 기록하지 않을 때 가만히 있기, 긁기, 손 뻗기처럼 동작 사이의 모습을 기록합니다</translation>
    </message>
    <message>
        <source>Keep the pictures too</source>
        <translation>영상도 저장</translation>
    </message>
    <message>
        <source>Without them only the places of hands and joints are kept</source>
        <translation>선택하지 않으면 손과 관절의 위치만 저장합니다</translation>
    </message>
    <message>
        <source>The movement begins at the picture that is shown</source>
        <translation>지금 보이는 장면에서 동작이 시작됩니다</translation>
    </message>
    <message>
        <source>The movement ends at the picture that is shown</source>
        <translation>지금 보이는 장면에서 동작이 끝납니다</translation>
    </message>
    <message>
        <source>Take as…</source>
        <translation>동작으로 저장…</translation>
    </message>
    <message>
        <source>What lies between in and out is a movement of a class</source>
        <translation>시작과 끝 사이를 어느 클래스의 동작으로 저장합니다</translation>
    </message>
</context>
<context>
    <name>MovementTraining</name>
    <message>
        <source>Learn from</source>
        <translation>학습 대상</translation>
    </message>
    <message>
        <source>Features</source>
        <translation>특징</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>헤드</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Movements</source>
        <translation>동작</translation>
    </message>
    <message>
        <source>Hands</source>
        <translation>손</translation>
    </message>
    <message>
        <source>Body</source>
        <translation>몸</translation>
    </message>
    <message>
        <source>Hands and body</source>
        <translation>손과 몸</translation>
    </message>
    <message>
        <source>GRU: remembers, a step a frame</source>
        <translation>GRU: 기억하며 프레임마다 한 단계씩</translation>
    </message>
    <message>
        <source>LSTM: remembers longer</source>
        <translation>LSTM: 더 오래 기억</translation>
    </message>
    <message>
        <source>CNN: looks at short stretches</source>
        <translation>CNN: 짧은 구간을 살핌</translation>
    </message>
    <message>
        <source>Transformer: each moment asks all others</source>
        <translation>Transformer: 모든 순간을 서로 견줌</translation>
    </message>
    <message>
        <source>MLP: the mean of all moments</source>
        <translation>MLP: 모든 순간의 평균</translation>
    </message>
    <message>
        <source>Compare all heads…</source>
        <translation>모든 헤드 비교…</translation>
    </message>
    <message>
        <source>Trains every head on the same movements: a table and a plot</source>
        <translation>같은 동작으로 모든 헤드를 학습해 표와 그래프로 비교합니다</translation>
    </message>
    <message>
        <source>What of a person the model sees; it must have been recorded</source>
        <translation>모델이 사람의 어느 부위를 볼지 고릅니다. 동작을 기록할 때 함께 저장한 부위여야 합니다</translation>
    </message>
</context>
<context>
    <name>NumberRow</name>
    <message>
        <source>{low} to {high}</source>
        <translation>{low}~{high}</translation>
    </message>
</context>
<context>
    <name>Numbers</name>
    <message>
        <source>{ms} ms a picture</source>
        <translation>화면당 {ms} ms</translation>
    </message>
</context>
<context>
    <name>Options</name>
    <message>
        <source>Crop: cut the longer side off</source>
        <translation>자르기: 긴 쪽을 잘라 냄</translation>
    </message>
    <message>
        <source>Squash: ignore the aspect</source>
        <translation>늘이기: 비율을 무시함</translation>
    </message>
    <message>
        <source>The model&apos;s own</source>
        <translation>모델 설정대로</translation>
    </message>
    <message>
        <source>Letterbox: keep all, with borders</source>
        <translation>레터박스: 여백을 두고 전체를 담음</translation>
    </message>
    <message>
        <source>Whole picture</source>
        <translation>화면 전체</translation>
    </message>
    <message>
        <source>Centre square</source>
        <translation>가운데 정사각형</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>자동</translation>
    </message>
    <message>
        <source>No second model</source>
        <translation>두 번째 모델 없음</translation>
    </message>
    <message>
        <source>More options</source>
        <translation>추가 옵션</translation>
    </message>
</context>
<context>
    <name>Outputs</name>
    <message>
        <source>Nothing has been saved yet: {folder} will be made then.</source>
        <translation>아직 저장된 것이 없습니다. 처음 저장할 때 {folder} 폴더를 만듭니다.</translation>
    </message>
    <message>
        <source>No file manager could be opened. The files are in {folder}</source>
        <translation>파일 관리자를 열 수 없습니다. 파일은 {folder}에 있습니다</translation>
    </message>
    <message>
        <source>There is no picture yet.</source>
        <translation>아직 화면이 없습니다.</translation>
    </message>
    <message>
        <source>The picture is on the clipboard.</source>
        <translation>화면을 클립보드에 복사했습니다.</translation>
    </message>
    <message>
        <source>Snapshot saved as {name}</source>
        <translation>사진을 저장했습니다: {name}</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>폴더 열기</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>{name} was moved to {folder}.</source>
        <translation>{name} 파일을 {folder} 폴더로 옮겼습니다.</translation>
    </message>
    <message>
        <source>Choose another folder…</source>
        <translation>다른 폴더 선택…</translation>
    </message>
    <message>
        <source>Nothing was recorded: there was no picture.</source>
        <translation>화면이 없어 아무것도 녹화하지 않았습니다.</translation>
    </message>
    <message>
        <source>Saved {name}</source>
        <translation>저장했습니다: {name}</translation>
    </message>
</context>
<context>
    <name>Overlay</name>
    <message>
        <source>Drag inside to move it, elsewhere to draw anew; arrow keys too. Enter keeps it, Esc does not.</source>
        <translation>안쪽을 끌면 옮기고, 바깥을 끌면 새로 그립니다. 화살표 키도 됩니다. Enter는 적용, Esc는 취소입니다.</translation>
    </message>
    <message>
        <source>Draw with the mouse or the arrow keys. Enter keeps it, Esc does not.</source>
        <translation>마우스나 화살표 키로 그리세요. Enter는 확정, Esc는 취소입니다.</translation>
    </message>
    <message>
        <source>{name}: {count} kept</source>
        <translation>{name}: {count}장 저장</translation>
    </message>
    <message>
        <source>nothing found in {count} frames</source>
        <translation>프레임 {count}개에서 아무것도 찾지 못함</translation>
    </message>
    <message>
        <source>Next: {name} ({turn} of {turns})</source>
        <translation>다음: {name} ({turns}개 중 {turn}번째)</translation>
    </message>
</context>
<context>
    <name>Panels</name>
    <message>
        <source>Models</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Choose what runs on the picture</source>
        <translation>영상에 실행할 모델을 고릅니다</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>가르치기</translation>
    </message>
    <message>
        <source>Show it things of your own, and let it learn them</source>
        <translation>내 물건을 보여 주고 배우게 합니다</translation>
    </message>
    <message>
        <source>OpenCV</source>
        <translation>OpenCV</translation>
    </message>
    <message>
        <source>Filters before the models, live, with their code</source>
        <translation>모델 앞에 두는 실시간 필터와 그 코드</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>속도</translation>
    </message>
    <message>
        <source>How fast it all is, and where the models run</source>
        <translation>전체 속도와 모델의 실행 장치를 보여 줍니다</translation>
    </message>
    <message>
        <source>Look inside</source>
        <translation>들여다보기</translation>
    </message>
    <message>
        <source>See what a model looks at, and how it comes to its result</source>
        <translation>모델이 어디를 보고 어떻게 결과에 이르는지 봅니다</translation>
    </message>
</context>
<context>
    <name>PictureRow</name>
    <message>
        <source>Choose a picture</source>
        <translation>그림 선택</translation>
    </message>
    <message>
        <source>Pictures ({patterns})</source>
        <translation>사진({patterns})</translation>
    </message>
    <message>
        <source>Hold this picture</source>
        <translation>이 화면 잡아 두기</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>선택…</translation>
    </message>
    <message>
        <source>None</source>
        <translation>없음</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>아직 없음</translation>
    </message>
</context>
<context>
    <name>PlaybackBar</name>
    <message>
        <source>Play</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>일시 정지</translation>
    </message>
    <message>
        <source>Space</source>
        <translation>스페이스바</translation>
    </message>
    <message>
        <source>One frame back</source>
        <translation>한 프레임 뒤로</translation>
    </message>
    <message>
        <source>One frame on</source>
        <translation>한 프레임 앞으로</translation>
    </message>
    <message>
        <source>Play again and again</source>
        <translation>반복 재생</translation>
    </message>
    <message>
        <source>What was seen when</source>
        <translation>언제 무엇이 보였나</translation>
    </message>
    <message>
        <source>Position in the clip</source>
        <translation>재생 위치</translation>
    </message>
    <message>
        <source>Position; arrows go one second, Page Up and Down five</source>
        <translation>재생 위치. 화살표는 1초, Page Up과 Page Down은 5초씩 옮깁니다</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>재생 속도</translation>
    </message>
</context>
<context>
    <name>Preferences</name>
    <message>
        <source>Preferences</source>
        <translation>환경설정</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>언어</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>색상 테마</translation>
    </message>
    <message>
        <source>Folder of snapshots</source>
        <translation>사진 폴더</translation>
    </message>
    <message>
        <source>Format of snapshots</source>
        <translation>사진 형식</translation>
    </message>
    <message>
        <source>Folder of recordings</source>
        <translation>녹화 폴더</translation>
    </message>
    <message>
        <source>Format of logs</source>
        <translation>기록 형식</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>시스템 설정에 따름</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>밝게</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>어둡게</translation>
    </message>
    <message>
        <source>PNG, without loss</source>
        <translation>PNG(무손실)</translation>
    </message>
    <message>
        <source>JPEG, small</source>
        <translation>JPEG(작은 파일)</translation>
    </message>
    <message>
        <source>JSON lines</source>
        <translation>JSON 줄 단위</translation>
    </message>
    <message>
        <source>CSV table</source>
        <translation>CSV 표</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>선택…</translation>
    </message>
    <message>
        <source>Choose the folder of snapshots</source>
        <translation>사진 폴더 선택</translation>
    </message>
    <message>
        <source>Choose the folder of recordings</source>
        <translation>녹화 폴더 선택</translation>
    </message>
    <message>
        <source>Draw results on snapshots</source>
        <translation>사진에 결과를 그립니다</translation>
    </message>
    <message>
        <source>Draw results on recordings</source>
        <translation>녹화에 결과를 그립니다</translation>
    </message>
    <message>
        <source>Do not run the models while nothing in the camera&apos;s picture changes</source>
        <translation>카메라 화면에 변화가 없는 동안 모델을 실행하지 않기</translation>
    </message>
    <message>
        <source>The results stay until something changes: less work and less heat. A change that is very small or very faint may be missed. Clips and photos are not affected.</source>
        <translation>변화가 생길 때까지 앞의 결과를 그대로 두어 계산량과 발열을 줄입니다. 아주 작거나 희미한 변화는 놓칠 수 있습니다. 영상 파일과 사진에는 적용되지 않습니다.</translation>
    </message>
</context>
<context>
    <name>QuantiseDialog</name>
    <message>
        <source>Pictures like those that the model will see</source>
        <translation>모델이 보게 될 것과 비슷한 사진</translation>
    </message>
    <message>
        <source>Choose the folder with the pictures first.</source>
        <translation>사진이 든 폴더를 먼저 고르세요.</translation>
    </message>
    <message>
        <source>Looking at the model</source>
        <translation>모델을 살펴보는 중</translation>
    </message>
    <message>
        <source>Taking this version, and measuring it once more</source>
        <translation>이 버전으로 바꾸고 다시 측정하는 중</translation>
    </message>
    <message>
        <source>Click a point to take that version all the same.</source>
        <translation>그래도 쓰려면 해당 버전의 점을 누르세요.</translation>
    </message>
    <message>
        <source>{name} is among your models: {size} x smaller, measured once more {speed} x as fast, agreement {agreement} %.</source>
        <translation>{name}을(를) 내 모델에 넣었습니다. 크기는 {size}분의 1, 다시 측정한 속도는 {speed}배, 일치율은 {agreement}%입니다.</translation>
    </message>
    <message>
        <source>Not worth it for its speed on this processor: keep the original here.</source>
        <translation>이 프로세서에서는 속도 이득이 거의 없으니 원본을 그대로 쓰세요.</translation>
    </message>
    <message>
        <source>Click another point to take that version instead.</source>
        <translation>다른 점을 누르면 그 버전으로 바뀝니다.</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Make it</source>
        <translation>만들기</translation>
    </message>
    <message>
        <source>taken</source>
        <translation>선택됨</translation>
    </message>
    <message>
        <source>Make {model} smaller and faster</source>
        <translation>{model} 더 작고 빠르게 만들기</translation>
    </message>
    <message>
        <source>Eight bits instead of 32 for each number: about a quarter of the size, and faster where the processor has instructions for it. Half of the pictures set the ranges of the numbers; on the other half the new versions are compared with the original. Layers that do not bear it stay in float.</source>
        <translation>숫자마다 32비트 대신 8비트를 씁니다. 크기는 약 4분의 1이 되고, 해당 명령어가 있는 프로세서에서는 더 빨라집니다. 사진의 절반으로 숫자의 범위를 정하고, 나머지 절반으로 새 버전을 원본과 비교합니다. 8비트를 견디지 못하는 층은 부동소수점으로 남깁니다.</translation>
    </message>
    <message>
        <source>A folder…</source>
        <translation>폴더…</translation>
    </message>
    <message>
        <source>Frames of the source that runs</source>
        <translation>재생 중인 입력의 프레임</translation>
    </message>
    <message>
        <source>The samples that were taught</source>
        <translation>가르친 샘플</translation>
    </message>
    <message>
        <source>The fastest that agrees with the original by at least</source>
        <translation>원본과의 일치율이 다음 이상인 것 중 가장 빠른 것</translation>
    </message>
    <message>
        <source>What agrees best and is as fast at least</source>
        <translation>속도가 다음 이상인 것 중 일치율이 가장 높은 것</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Wanted</source>
        <translation>목표</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>일치율</translation>
    </message>
    <message>
        <source>Times as fast</source>
        <translation>속도(배)</translation>
    </message>
    <message>
        <source>Versions that were tried</source>
        <translation>시험한 버전</translation>
    </message>
    <message>
        <source>Layers in float</source>
        <translation>부동소수점 층</translation>
    </message>
    <message>
        <source>Ranges</source>
        <translation>범위</translation>
    </message>
    <message>
        <source>It is not done yet. Stop it?</source>
        <translation>아직 끝나지 않았습니다. 중지할까요?</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>계속하기</translation>
    </message>
    <message>
        <source>Stop and close</source>
        <translation>중지하고 닫기</translation>
    </message>
    <message>
        <source>Run it instead</source>
        <translation>원본 대신 실행</translation>
    </message>
    <message>
        <source>In place of the original on the picture</source>
        <translation>화면의 원본을 이 모델로 바꿉니다</translation>
    </message>
    <message>
        <source>Run it beside</source>
        <translation>원본과 함께 실행</translation>
    </message>
    <message>
        <source>Beside the original, to compare them</source>
        <translation>원본 옆에서 실행하여 비교합니다</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>ReachPage</name>
    <message>
        <source>{network}: step {step} of {steps}</source>
        <translation>{network}: {steps}단계 중 {step}단계</translation>
    </message>
    <message>
        <source>Plain recurrence</source>
        <translation>단순 순환</translation>
    </message>
    <message>
        <source>{network}: gradient of the first frame {share}; {right} right after training</source>
        <translation>{network}: 첫 프레임의 기울기 {share}, 학습 후 정답률 {right}</translation>
    </message>
    <message>
        <source>Half of it is chance. The largest gradient of each network counts as 1.</source>
        <translation>50%는 찍어도 맞히는 비율입니다. 기울기는 신경망마다 가장 큰 값을 1로 놓은 것입니다.</translation>
    </message>
    <message>
        <source>LSTM, forget</source>
        <translation>LSTM 망각</translation>
    </message>
    <message>
        <source>LSTM, input</source>
        <translation>LSTM 입력</translation>
    </message>
    <message>
        <source>LSTM, output</source>
        <translation>LSTM 출력</translation>
    </message>
    <message>
        <source>GRU, keep</source>
        <translation>GRU 유지</translation>
    </message>
    <message>
        <source>GRU, reset</source>
        <translation>GRU 리셋</translation>
    </message>
    <message>
        <source>A recurrent network reads one frame after the other and keeps a state: h = tanh(W·x + U·h). On the way back from the answer the gradient is multiplied by U and by the slope of tanh once a frame. Where that makes it smaller each time, it vanishes: what was shown long ago teaches the network nothing. In this task the first frame shows one of two things, noise follows, and at the end the network is asked which it was.</source>
        <translation>순환 신경망(RNN)은 프레임을 차례로 하나씩 읽으며 상태를 유지합니다: h = tanh(W·x + U·h). 답에서 거슬러 올라갈 때 기울기에는 프레임마다 U와 tanh의 기울기가 한 번씩 곱해집니다. 곱할 때마다 작아지면 기울기가 사라지고, 오래전에 본 것에서는 아무것도 배우지 못합니다. 이 과제에서는 첫 프레임에 두 가지 중 하나를 보여 주고 그 뒤로는 잡음만 준 다음, 마지막에 무엇이었는지 묻습니다.</translation>
    </message>
    <message>
        <source>Gates are numbers from 0 to 1 that are learnt, too. An LSTM has a cell that is only added to: the forget gate says what of it stays, the input gate what is added, the output gate what is shown. A GRU makes do with two: one keeps the old state, one says how much of it the new one sees. Where a gate stays open, the gradient passes nearly unchanged. An LSTM begins with its forget gate open; a GRU has to learn that first, so it looks less far back before training.</source>
        <translation>게이트는 0에서 1 사이의 값이며, 여닫는 방법도 학습합니다. LSTM에는 더하기로만 갱신되는 셀이 있습니다. 망각 게이트는 셀에서 남길 것을, 입력 게이트는 더할 것을, 출력 게이트는 내보낼 것을 정합니다. GRU는 게이트 두 개로 충분합니다. 하나는 이전 상태를 유지하고, 다른 하나는 새 상태가 이전 상태를 얼마나 볼지 정합니다. 게이트가 열려 있으면 기울기가 거의 그대로 지나갑니다. LSTM은 망각 게이트를 연 채로 시작하지만 GRU는 그것부터 배워야 하므로, 학습 전에는 더 가까운 과거만 봅니다.</translation>
    </message>
    <message>
        <source>A Transformer has no state: each frame asks all others at once, query times key, softmax, weighted sum of values. The way from the answer to any frame is equally short, so no gradient vanishes over time, and all frames are computed in parallel. In return every new frame costs a whole window, and the order has to be told by positions.</source>
        <translation>트랜스포머에는 상태가 없습니다. 프레임마다 다른 모든 프레임에 한꺼번에 묻습니다: 쿼리와 키의 곱, 소프트맥스, 값의 가중합. 답에서 어느 프레임까지든 거리가 똑같이 짧아 시간을 거슬러도 기울기가 사라지지 않으며, 모든 프레임을 병렬로 계산합니다. 그 대신 새 프레임이 올 때마다 구간 전체를 다시 계산해야 하고, 순서는 위치 정보로 알려 주어야 합니다.</translation>
    </message>
    <message>
        <source>Frames</source>
        <translation>프레임 수</translation>
    </message>
    <message>
        <source>Gradient</source>
        <translation>기울기</translation>
    </message>
    <message>
        <source>Chapter</source>
        <translation>장</translation>
    </message>
    <message>
        <source>before training</source>
        <translation>학습 전</translation>
    </message>
    <message>
        <source>after training</source>
        <translation>학습 후</translation>
    </message>
    <message>
        <source>RNN: recurrence</source>
        <translation>RNN: 순환</translation>
    </message>
    <message>
        <source>LSTM and GRU: gates</source>
        <translation>LSTM과 GRU: 게이트</translation>
    </message>
    <message>
        <source>Transformer: attention</source>
        <translation>트랜스포머: 어텐션</translation>
    </message>
    <message>
        <source>first frame</source>
        <translation>첫 프레임</translation>
    </message>
    <message>
        <source>newest frame</source>
        <translation>최신 프레임</translation>
    </message>
    <message>
        <source>Gradient of the answer by the frame that it looks back to</source>
        <translation>거슬러 보는 프레임별 답의 기울기</translation>
    </message>
    <message>
        <source>How far the gates are open at each frame, after training</source>
        <translation>학습 후 프레임별로 게이트가 열린 정도</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>중지</translation>
    </message>
    <message>
        <source>Train all four here</source>
        <translation>여기서 네 가지 모두 학습</translation>
    </message>
</context>
<context>
    <name>ReadyButton</name>
    <message>
        <source>Train on {count} samples</source>
        <translation>샘플 {count}개로 학습</translation>
    </message>
    <message>
        <source>To train: a second class is missing</source>
        <translation>학습하려면 클래스가 하나 더 필요합니다</translation>
    </message>
    <message>
        <source>To train: add two classes</source>
        <translation>학습하려면 클래스를 두 개 추가하세요</translation>
    </message>
    <message>
        <source>To train: “{name}” lacks samples</source>
        <translation>학습하려면 ‘{name}’에 샘플이 더 필요합니다</translation>
    </message>
    <message>
        <source>To train: “{name}” and {count} more lack samples</source>
        <translation>학습하려면 ‘{name}’ 외 {count}개 클래스에 샘플이 더 필요합니다</translation>
    </message>
</context>
<context>
    <name>ResultPage</name>
    <message>
        <source>in use</source>
        <translation>사용 중</translation>
    </message>
    <message>
        <source>Version {number}</source>
        <translation>버전 {number}</translation>
    </message>
    <message>
        <source>In the list each version is judged by what its own training held out: other samples.</source>
        <translation>목록의 수치는 버전마다 그 학습에서 따로 둔 샘플로 잰 것이라 서로 다른 샘플의 것입니다.</translation>
    </message>
    <message>
        <source>Version {number} is in use again, on the picture too.</source>
        <translation>버전 {number}을(를) 다시 사용합니다. 화면에도 적용되었습니다.</translation>
    </message>
    <message>
        <source>Page for a browser…</source>
        <translation>브라우저용 페이지…</translation>
    </message>
    <message>
        <source>Python script…</source>
        <translation>Python 스크립트…</translation>
    </message>
    <message>
        <source>Kiosk…</source>
        <translation>키오스크…</translation>
    </message>
    <message>
        <source>ONNX file with its card…</source>
        <translation>카드가 포함된 ONNX 파일…</translation>
    </message>
    <message>
        <source>Where to put the folder of the export</source>
        <translation>내보낸 폴더를 둘 위치</translation>
    </message>
    <message>
        <source>Nothing was taught yet: take samples and train a model first.</source>
        <translation>아직 가르친 것이 없습니다. 먼저 샘플을 찍고 모델을 학습하세요.</translation>
    </message>
    <message>
        <source>Evaluate it on the samples that it has not learnt from.</source>
        <translation>학습에 쓰지 않은 샘플로 평가하세요.</translation>
    </message>
    <message>
        <source>{share} of {count} samples right that it has not learnt from; with 95 % confidence {low} to {high}.</source>
        <translation>학습에 쓰지 않은 샘플 {count}개 중 {share} 정답, 95% 신뢰 구간 {low}~{high}.</translation>
    </message>
    <message>
        <source>{share} of {count} samples right; with 95 % confidence {low} to {high}.</source>
        <translation>샘플 {count}개 중 {share} 정답, 95% 신뢰 구간 {low}~{high}.</translation>
    </message>
    <message>
        <source>Macro F1 {f1}: the mean over the classes, each counted the same.</source>
        <translation>매크로 F1 {f1}: 모든 클래스를 똑같이 센 평균입니다.</translation>
    </message>
    <message>
        <source>Calibration error {ece}: 0 means it is as often right as it is sure.</source>
        <translation>보정 오차 {ece}: 0이면 확신하는 만큼 맞힌다는 뜻입니다.</translation>
    </message>
    <message>
        <source>Less sure than {share}: unknown.</source>
        <translation>확신이 {share}보다 낮으면 ‘모름’.</translation>
    </message>
    <message>
        <source>{count} samples were left out: it has learnt from them.</source>
        <translation>학습에 쓴 샘플 {count}개는 뺐습니다.</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>모델</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>평가</translation>
    </message>
    <message>
        <source>Run it</source>
        <translation>실행</translation>
    </message>
    <message>
        <source>Run this model on the picture</source>
        <translation>이 모델을 화면에서 실행합니다</translation>
    </message>
    <message>
        <source>Confusion matrix and mistakes…</source>
        <translation>혼동 행렬과 틀린 샘플…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>내보내기…</translation>
    </message>
    <message>
        <source>Take this model elsewhere: into a browser, a script or a kiosk</source>
        <translation>이 모델을 브라우저, 스크립트, 키오스크 등 다른 곳에서 씁니다</translation>
    </message>
    <message>
        <source>Versions</source>
        <translation>버전</translation>
    </message>
    <message>
        <source>Compare with the one in use</source>
        <translation>사용 중인 것과 비교</translation>
    </message>
    <message>
        <source>Use this one again</source>
        <translation>이 버전을 다시 사용</translation>
    </message>
</context>
<context>
    <name>RobustnessDialog</name>
    <message>
        <source>There is no picture, or the model has gone.</source>
        <translation>화면이 없거나 모델이 없어졌습니다.</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>측정하는 중…</translation>
    </message>
    <message>
        <source>Probability of {label}. Another class is more probable at: {values}</source>
        <translation>‘{label}’의 확률입니다. 다른 클래스가 더 유력한 값: {values}</translation>
    </message>
    <message>
        <source>Probability of {label}. It is the best class at every value.</source>
        <translation>‘{label}’의 확률입니다. 모든 값에서 가장 유력한 클래스입니다.</translation>
    </message>
    <message>
        <source>How robust is the model?</source>
        <translation>모델은 얼마나 견고한가요?</translation>
    </message>
    <message>
        <source>Along</source>
        <translation>바꿀 값</translation>
    </message>
    <message>
        <source>Classifier</source>
        <translation>분류 모델</translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>측정</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Run a classifier first, in the panel Models.</source>
        <translation>먼저 모델 패널에서 분류 모델을 실행하세요.</translation>
    </message>
    <message>
        <source>Add a filter with a slider first.</source>
        <translation>먼저 슬라이더가 있는 필터를 추가하세요.</translation>
    </message>
</context>
<context>
    <name>SamplesDialog</name>
    <message>
        <source>{count} deleted pictures will be gone from this disk, and nothing done until now can be undone. Press the button once more to do it.</source>
        <translation>삭제한 사진 {count}장이 이 컴퓨터에서 완전히 사라지고, 지금까지 한 작업은 더 이상 되돌릴 수 없습니다. 계속하려면 버튼을 한 번 더 누르세요.</translation>
    </message>
    <message>
        <source>{count} pictures are gone from this disk.</source>
        <translation>사진 {count}장을 이 컴퓨터에서 완전히 지웠습니다.</translation>
    </message>
    <message>
        <source>Delete {count} for good?</source>
        <translation>{count}장을 완전히 지울까요?</translation>
    </message>
    <message>
        <source>Empty trash ({count})</source>
        <translation>휴지통 비우기 ({count})</translation>
    </message>
    <message>
        <source>All classes</source>
        <translation>모든 클래스</translation>
    </message>
    <message>
        <source>Nearly the same picture is in another class: one of the two is wrong.</source>
        <translation>거의 같은 사진이 다른 클래스에도 있습니다. 둘 중 하나는 잘못되었습니다.</translation>
    </message>
    <message>
        <source>Nearly the same picture is in another session.</source>
        <translation>거의 같은 사진이 다른 촬영분에도 있습니다.</translation>
    </message>
    <message>
        <source>{count} chosen: drag them onto a class, or press Delete.</source>
        <translation>{count}개 선택: 클래스로 끌어다 놓거나 Delete 키를 누르세요.</translation>
    </message>
    <message>
        <source>{count} samples. Choose some to delete them or to drag them onto a class.</source>
        <translation>샘플 {count}개. 선택해서 지우거나 클래스로 끌어다 놓으세요.</translation>
    </message>
    <message>
        <source>{count} samples are in the trash; Ctrl+Z brings them back.</source>
        <translation>샘플 {count}개를 휴지통에 넣었습니다. Ctrl+Z로 되돌립니다.</translation>
    </message>
    <message>
        <source>{count} samples are {name} now; Ctrl+Z takes it back.</source>
        <translation>샘플 {count}개가 이제 {name}입니다. Ctrl+Z로 되돌립니다.</translation>
    </message>
    <message>
        <source>{conflicts} pairs alike in two classes, {leaks} alike in two sessions.</source>
        <translation>두 클래스에 비슷한 쌍 {conflicts}개, 두 촬영분에 비슷한 쌍 {leaks}개.</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>샘플</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>클래스</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>사진</translation>
    </message>
    <message>
        <source>Enlarge</source>
        <translation>크게 보기</translation>
    </message>
    <message>
        <source>Enlarge (Enter)</source>
        <translation>크게 보기(Enter)</translation>
    </message>
    <message>
        <source>Move to</source>
        <translation>옮기기</translation>
    </message>
    <message>
        <source>Say that the chosen pictures are of another class</source>
        <translation>고른 사진을 다른 클래스로 옮깁니다</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>삭제</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Find alike</source>
        <translation>비슷한 사진 찾기</translation>
    </message>
    <message>
        <source>Find pictures that are nearly the same in two classes or two sessions</source>
        <translation>두 클래스나 두 촬영분에서 거의 같은 사진을 찾습니다</translation>
    </message>
    <message>
        <source>Only those</source>
        <translation>그것만</translation>
    </message>
    <message>
        <source>Show only pictures that are like another one</source>
        <translation>다른 사진과 비슷한 것만 봅니다</translation>
    </message>
</context>
<context>
    <name>SearchField</name>
    <message>
        <source>Clear the search</source>
        <translation>검색어 지우기</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>It was kept as {path}.</source>
        <translation>원래 파일은 {path}(으)로 남겨 두었습니다.</translation>
    </message>
    <message>
        <source>The settings file was damaged ({wrong}); what was wrong is back to its default.</source>
        <translation>설정 파일이 손상되었습니다({wrong}). 잘못된 값은 기본값으로 되돌렸습니다.</translation>
    </message>
    <message>
        <source>The settings cannot be kept in {path}: {detail}</source>
        <translation>설정을 {path}에 저장할 수 없습니다: {detail}</translation>
    </message>
</context>
<context>
    <name>ShareRow</name>
    <message>
        <source>Back to the model&apos;s own value</source>
        <translation>모델의 기본값으로 되돌립니다</translation>
    </message>
</context>
<context>
    <name>ShortcutsDialog</name>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>단축키</translation>
    </message>
    <message>
        <source>Search what a key does, or a key</source>
        <translation>기능이나 키로 검색</translation>
    </message>
    <message>
        <source>Search the keys</source>
        <translation>단축키 검색</translation>
    </message>
    <message>
        <source>What</source>
        <translation>동작</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>키</translation>
    </message>
    <message>
        <source>No key is called so. Try another word, such as snapshot, Ctrl or F1.</source>
        <translation>찾는 단축키가 없습니다. 사진, Ctrl, F1처럼 다른 말로 검색해 보세요.</translation>
    </message>
</context>
<context>
    <name>SiteWindow</name>
    <message>
        <source>Starting {file}…</source>
        <translation>{file} 시작 중…</translation>
    </message>
    <message>
        <source>Site {name}</source>
        <translation>현장 {name}</translation>
    </message>
</context>
<context>
    <name>SlidingPage</name>
    <message>
        <source>the model that runs has no filters of at most 7 × 7 in its first layer</source>
        <translation>실행 중인 모델의 첫 층에는 7 × 7 이하의 필터가 없습니다</translation>
    </message>
    <message>
        <source>Here: {sum} = {total}</source>
        <translation>이 자리: {sum} = {total}</translation>
    </message>
    <message>
        <source>Output size: {formula}</source>
        <translation>출력 크기: {formula}</translation>
    </message>
    <message>
        <source>Convolution: {m} multiplications, {w} weights. A dense layer from the same {h} × {v} pixels to as many outputs: {dm} multiplications, {dw} weights. That is why a CNN and not an MLP.</source>
        <translation>합성곱: 곱셈 {m}번, 가중치 {w}개. 같은 {h} × {v} 픽셀에서 같은 수의 출력을 내는 완전연결층: 곱셈 {dm}번, 가중치 {dw}개. 그래서 MLP가 아니라 CNN을 씁니다.</translation>
    </message>
    <message>
        <source>Flatten makes a row of the {n} pooled numbers; a dense layer of {k} outputs (weights 1/{n}, 2/{n}, 3/{n}) multiplies {nk} times: {values}.</source>
        <translation>평탄화는 풀링한 숫자 {n}개를 한 줄로 만듭니다. 출력이 {k}개인 완전연결층(가중치 1/{n}, 2/{n}, 3/{n})은 {nk}번 곱합니다: {values}.</translation>
    </message>
    <message>
        <source>Crop</source>
        <translation>잘라낸 부분</translation>
    </message>
    <message>
        <source>Kernel</source>
        <translation>커널</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>가중치</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>필터</translation>
    </message>
    <message>
        <source>Stride</source>
        <translation>스트라이드</translation>
    </message>
    <message>
        <source>Padding</source>
        <translation>패딩</translation>
    </message>
    <message>
        <source>Dilation</source>
        <translation>팽창</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>픽셀</translation>
    </message>
    <message>
        <source>Output</source>
        <translation>출력</translation>
    </message>
    <message>
        <source>After ReLU and pooling</source>
        <translation>ReLU와 풀링 뒤</translation>
    </message>
    <message>
        <source>Pooling 2 × 2</source>
        <translation>풀링 2 × 2</translation>
    </message>
    <message>
        <source>Sobel, upright edges</source>
        <translation>소벨, 세로 가장자리</translation>
    </message>
    <message>
        <source>Sobel, level edges</source>
        <translation>소벨, 가로 가장자리</translation>
    </message>
    <message>
        <source>Blur</source>
        <translation>흐림</translation>
    </message>
    <message>
        <source>Sharpen</source>
        <translation>선명하게</translation>
    </message>
    <message>
        <source>Edges all around</source>
        <translation>모든 방향 가장자리</translation>
    </message>
    <message>
        <source>Blur 5 × 5</source>
        <translation>흐림 5 × 5</translation>
    </message>
    <message>
        <source>Your own</source>
        <translation>직접 입력</translation>
    </message>
    <message>
        <source>Learnt by the model that runs</source>
        <translation>실행 중인 모델이 배운 것</translation>
    </message>
    <message>
        <source>the largest number</source>
        <translation>가장 큰 수</translation>
    </message>
    <message>
        <source>the mean</source>
        <translation>평균</translation>
    </message>
    <message>
        <source>9 numbers for a 3 × 3 kernel, 25 for a 5 × 5</source>
        <translation>3 × 3 커널은 숫자 9개, 5 × 5는 25개</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>일시 정지</translation>
    </message>
    <message>
        <source>Play</source>
        <translation>재생</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>한 단계</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>실시간</translation>
    </message>
</context>
<context>
    <name>SourceBar</name>
    <message>
        <source>What was remembered of each source was damaged ({wrong}) and is begun anew.</source>
        <translation>입력별로 기억해 둔 내용이 손상되어({wrong}) 처음부터 다시 시작합니다.</translation>
    </message>
    <message>
        <source>It was kept as {path}.</source>
        <translation>원래 파일은 {path}(으)로 남겨 두었습니다.</translation>
    </message>
    <message>
        <source>Choose a source</source>
        <translation>입력 선택</translation>
    </message>
    <message>
        <source>Choose a camera, file or stream</source>
        <translation>카메라, 파일 또는 스트림을 선택하세요</translation>
    </message>
    <message>
        <source>{fps} fps</source>
        <translation>{fps} fps</translation>
    </message>
    <message>
        <source>Opening {name}…</source>
        <translation>{name} 여는 중…</translation>
    </message>
    <message>
        <source>The connection is lost. It comes back by itself as soon as it can.</source>
        <translation>연결이 끊어졌습니다. 가능해지면 저절로 다시 연결됩니다.</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>다시 시도</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>메시지 닫기</translation>
    </message>
    <message>
        <source>Mirror</source>
        <translation>좌우 반전</translation>
    </message>
    <message>
        <source>Mirror the picture. Cameras start mirrored, as you know yourself from a mirror; turn it off to read text. Models, samples and recordings get the picture as it is shown.</source>
        <translation>화면의 좌우를 바꿉니다. 카메라는 거울처럼 반전된 채로 시작하며, 글자를 읽으려면 끄세요. 모델, 샘플, 녹화에도 보이는 그대로 들어갑니다.</translation>
    </message>
    <message>
        <source>Turn by 90°</source>
        <translation>90도 회전</translation>
    </message>
    <message>
        <source>Turn the picture clockwise by 90°</source>
        <translation>화면을 시계 방향으로 90도 돌립니다</translation>
    </message>
</context>
<context>
    <name>SourceChooser</name>
    <message>
        <source>Choose a source</source>
        <translation>입력 선택</translation>
    </message>
    <message>
        <source>Cameras</source>
        <translation>카메라</translation>
    </message>
    <message>
        <source>Recent</source>
        <translation>최근 항목</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>열기</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>시험용</translation>
    </message>
    <message>
        <source>No camera is connected. Plug one in: it appears here by itself.</source>
        <translation>연결된 카메라가 없습니다. 카메라를 꽂으면 여기에 나타납니다.</translation>
    </message>
    <message>
        <source>Looking for cameras…</source>
        <translation>카메라를 찾는 중…</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>파일…</translation>
    </message>
    <message>
        <source>Open a video or picture file</source>
        <translation>영상이나 사진 파일을 엽니다</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>폴더…</translation>
    </message>
    <message>
        <source>Open a folder of pictures</source>
        <translation>사진 폴더를 엽니다</translation>
    </message>
    <message>
        <source>Stream…</source>
        <translation>스트림…</translation>
    </message>
    <message>
        <source>Open the address of a network camera or stream</source>
        <translation>네트워크 카메라나 스트림의 주소를 엽니다</translation>
    </message>
    <message>
        <source>Demo clip</source>
        <translation>데모 영상</translation>
    </message>
    <message>
        <source>Play the clip that comes with the program</source>
        <translation>프로그램에 들어 있는 영상을 재생합니다</translation>
    </message>
    <message>
        <source>Test card</source>
        <translation>시험 화면</translation>
    </message>
    <message>
        <source>Show a moving card, drawn by the program</source>
        <translation>프로그램이 그리는 움직이는 화면을 보여 줍니다</translation>
    </message>
</context>
<context>
    <name>SpeedPanel</name>
    <message>
        <source>{model}: loading…</source>
        <translation>{model}: 불러오는 중…</translation>
    </message>
    <message>
        <source>{model}: not running</source>
        <translation>{model}: 실행되지 않음</translation>
    </message>
    <message>
        <source>{line}, though {wanted} was asked for</source>
        <translation>{line}({wanted}을(를) 요청했음)</translation>
    </message>
    <message>
        <source>picture age, p95</source>
        <translation>화면 지연 p95</translation>
    </message>
    <message>
        <source>inference, p50</source>
        <translation>추론 p50</translation>
    </message>
    <message>
        <source>Pictures a second</source>
        <translation>초당 프레임</translation>
    </message>
    <message>
        <source>Age on the screen</source>
        <translation>화면에 보이기까지의 지연</translation>
    </message>
    <message>
        <source>Time in each stage</source>
        <translation>단계별 시간</translation>
    </message>
    <message>
        <source>Where the models run</source>
        <translation>모델의 실행 장치</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>입력</translation>
    </message>
    <message>
        <source>Pictures that the camera or file gives</source>
        <translation>카메라나 파일이 주는 프레임</translation>
    </message>
    <message>
        <source>Shown</source>
        <translation>표시</translation>
    </message>
    <message>
        <source>Pictures that the window painted</source>
        <translation>창에 그린 프레임</translation>
    </message>
    <message>
        <source>Inferred</source>
        <translation>추론</translation>
    </message>
    <message>
        <source>Pictures that went through the models</source>
        <translation>모델이 처리한 프레임</translation>
    </message>
    <message>
        <source>Work saved</source>
        <translation>절약한 계산</translation>
    </message>
    <message>
        <source>Pictures with results that no model had to look at: nothing had changed, or the tracks said where the objects are</source>
        <translation>모델이 보지 않고도 결과가 나온 화면의 비율입니다. 변화가 없었거나 추적으로 물체의 위치를 알 수 있었던 화면입니다</translation>
    </message>
    <message>
        <source>Shown without new results</source>
        <translation>새 결과 없이 표시</translation>
    </message>
    <message>
        <source>Pictures that came while the models were busy, since the source was opened</source>
        <translation>입력을 연 뒤로, 모델이 바쁠 때 들어온 프레임 수</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>화면</translation>
    </message>
    <message>
        <source>From the camera to the screen</source>
        <translation>카메라에서 화면까지</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>결과</translation>
    </message>
    <message>
        <source>From the camera to the results of that picture</source>
        <translation>카메라에서 그 프레임의 결과까지</translation>
    </message>
    <message>
        <source>Read</source>
        <translation>읽기</translation>
    </message>
    <message>
        <source>Getting and decoding a picture</source>
        <translation>프레임을 받아 디코딩합니다</translation>
    </message>
    <message>
        <source>Prepare</source>
        <translation>전처리</translation>
    </message>
    <message>
        <source>Scaling it for the models</source>
        <translation>모델에 맞게 크기를 바꿉니다</translation>
    </message>
    <message>
        <source>Infer</source>
        <translation>추론</translation>
    </message>
    <message>
        <source>The models themselves</source>
        <translation>모델 자체의 계산</translation>
    </message>
    <message>
        <source>Decode</source>
        <translation>후처리</translation>
    </message>
    <message>
        <source>From what the models give to boxes and classes</source>
        <translation>모델의 출력을 상자와 클래스로 바꿉니다</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>그리기</translation>
    </message>
    <message>
        <source>Scaling the picture for the screen and drawing on it</source>
        <translation>화면에 맞게 크기를 바꾸고 결과를 그립니다</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>{shown} pictures/s · {inferred} inferred/s · {age} ms old</source>
        <translation>표시 {shown} fps · 추론 {inferred} fps · 지연 {age} ms</translation>
    </message>
    <message>
        <source>{shown} pictures/s · {age} ms old</source>
        <translation>표시 {shown} fps · 지연 {age} ms</translation>
    </message>
    <message>
        <source>{wanted} was asked for; see the speed panel</source>
        <translation>{wanted}을(를) 요청했습니다. 속도 패널을 확인하세요</translation>
    </message>
    <message>
        <source>Where the models run</source>
        <translation>모델의 실행 장치</translation>
    </message>
</context>
<context>
    <name>StepCard</name>
    <message>
        <source>Move {name}</source>
        <translation>{name} 옮기기</translation>
    </message>
    <message>
        <source>Drag, or Alt with ↑ and ↓</source>
        <translation>끌거나 Alt와 ↑, ↓로 옮깁니다</translation>
    </message>
    <message>
        <source>What {name} is</source>
        <translation>{name} 설명</translation>
    </message>
    <message>
        <source>What it is, and a picture to try it on</source>
        <translation>설명과 해 볼 그림</translation>
    </message>
    <message>
        <source>Remove {name}</source>
        <translation>{name} 제거</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>제거</translation>
    </message>
</context>
<context>
    <name>Steps</name>
    <message>
        <source>done</source>
        <translation>끝남</translation>
    </message>
    <message>
        <source>now</source>
        <translation>진행 중</translation>
    </message>
    <message>
        <source>to come</source>
        <translation>남음</translation>
    </message>
    <message>
        <source>Import a pre-trained model</source>
        <translation>사전 학습된 모델 가져오기</translation>
    </message>
    <message>
        <source>Freeze its layers</source>
        <translation>층 고정하기</translation>
    </message>
    <message>
        <source>Put on a new output layer</source>
        <translation>새 출력층 붙이기</translation>
    </message>
    <message>
        <source>Train it on your samples</source>
        <translation>내 샘플로 학습하기</translation>
    </message>
    <message>
        <source>Evaluate it, and unfreeze if wanted</source>
        <translation>평가하고, 원하면 고정 풀기</translation>
    </message>
</context>
<context>
    <name>StreamDialog</name>
    <message>
        <source>Open a stream</source>
        <translation>스트림 열기</translation>
    </message>
    <message>
        <source>&amp;Address</source>
        <translation>주소(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;User</source>
        <translation>사용자(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Password</source>
        <translation>비밀번호(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Fingerprint</source>
        <translation>지문(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Take any certificate until the program ends</source>
        <translation>프로그램을 끝낼 때까지 모든 인증서 허용(&amp;T)</translation>
    </message>
    <message>
        <source>SHA-256, if no authority vouches for the device</source>
        <translation>SHA-256(공인 인증서가 없는 장치인 경우)</translation>
    </message>
    <message>
        <source>if it asks for one</source>
        <translation>필요한 경우에만</translation>
    </message>
    <message>
        <source>The password stays in memory: it is neither shown nor kept.</source>
        <translation>비밀번호는 메모리에만 있으며, 보이지도 저장되지도 않습니다.</translation>
    </message>
    <message>
        <source>An address begins with one of {schemes}</source>
        <translation>주소는 다음 중 하나로 시작해야 합니다: {schemes}</translation>
    </message>
    <message>
        <source>The name of the computer is missing after ://</source>
        <translation>:// 뒤에 컴퓨터 이름이 없습니다</translation>
    </message>
    <message>
        <source>Put what is hidden back in the place of ***.</source>
        <translation>*** 자리에 가려진 값을 다시 입력하세요.</translation>
    </message>
    <message>
        <source>A fingerprint has 64 digits from 0 to 9 and A to F.</source>
        <translation>지문은 0–9와 A–F로 된 64자리여야 합니다.</translation>
    </message>
    <message>
        <source>Encrypted, but perhaps with somebody else: the password goes there.</source>
        <translation>암호화되지만 상대가 다른 사람일 수 있으며, 비밀번호도 그쪽으로 전송됩니다.</translation>
    </message>
</context>
<context>
    <name>StreamTile</name>
    <message>
        <source>connecting</source>
        <translation>연결 중</translation>
    </message>
    <message>
        <source>running</source>
        <translation>실행 중</translation>
    </message>
    <message>
        <source>no connection</source>
        <translation>연결 끊김</translation>
    </message>
    <message>
        <source>cannot be opened, trying again</source>
        <translation>열 수 없음, 다시 시도 중</translation>
    </message>
    <message>
        <source>ended</source>
        <translation>끝남</translation>
    </message>
    <message>
        <source>{fps:.0f} fps · {age:.0f} ms · {saved:.0f} % spared · {dropped} dropped</source>
        <translation>{fps:.0f} fps · {age:.0f} ms · {saved:.0f}% 절약 · {dropped}개 버림</translation>
    </message>
</context>
<context>
    <name>Tasks</name>
    <message>
        <source>classifies</source>
        <translation>분류</translation>
    </message>
    <message>
        <source>detects</source>
        <translation>물체 검출</translation>
    </message>
    <message>
        <source>segments</source>
        <translation>분할</translation>
    </message>
    <message>
        <source>finds poses</source>
        <translation>자세 추정</translation>
    </message>
</context>
<context>
    <name>TeachController</name>
    <message>
        <source>Taken back: {what}</source>
        <translation>되돌림: {what}</translation>
    </message>
    <message>
        <source>Done again: {what}</source>
        <translation>다시 실행함: {what}</translation>
    </message>
    <message>
        <source>There is nothing to take back.</source>
        <translation>되돌릴 것이 없습니다.</translation>
    </message>
    <message>
        <source>No samples are open; choose a folder for them first.</source>
        <translation>열린 샘플이 없습니다. 먼저 폴더를 고르세요.</translation>
    </message>
</context>
<context>
    <name>TeachPanel</name>
    <message>
        <source>Wait for the training to end: it would make the times of the others wrong.</source>
        <translation>학습이 끝날 때까지 기다리세요. 함께 돌리면 다른 헤드의 시간이 틀리게 나옵니다.</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>가르치기</translation>
    </message>
    <message>
        <source>Samples</source>
        <translation>샘플</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>학습</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>결과</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>실행 취소</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>다시 실행</translation>
    </message>
    <message>
        <source>Close this message</source>
        <translation>이 메시지 닫기</translation>
    </message>
</context>
<context>
    <name>TimelineStrip</name>
    <message>
        <source>Nothing has been seen yet.</source>
        <translation>아직 보인 것이 없습니다.</translation>
    </message>
    <message>
        <source>What was seen when</source>
        <translation>언제 무엇이 보였나</translation>
    </message>
    <message>
        <source>A strip for each thing that was seen. A click goes to that moment, arrow keys go from one to the next.</source>
        <translation>보인 대상마다 띠가 하나씩 있습니다. 띠를 누르면 그 순간으로 이동하고, 화살표 키로 다음 구간으로 옮겨 갑니다.</translation>
    </message>
</context>
<context>
    <name>Toast</name>
    <message>
        <source>Close this notice</source>
        <translation>알림 닫기</translation>
    </message>
</context>
<context>
    <name>TrainPage</name>
    <message>
        <source>Landmarks of a hand</source>
        <translation>손의 특징점</translation>
    </message>
    <message>
        <source>Landmarks of a body</source>
        <translation>몸의 특징점</translation>
    </message>
    <message>
        <source>Landmarks of a face</source>
        <translation>얼굴의 특징점</translation>
    </message>
    <message>
        <source>this step: {seconds} s more at most</source>
        <translation>이 단계는 길어도 {seconds}초 더</translation>
    </message>
    <message>
        <source>{name} runs on the picture now: {right} of {count} held-out samples right ({share}), in {seconds} s.</source>
        <translation>{name}이(가) 이제 화면에서 실행됩니다. 따로 둔 샘플 {count}개 중 {right}개 정답({share}), {seconds}초 걸림.</translation>
    </message>
    <message>
        <source>Hands are in the picture: learn from their landmarks</source>
        <translation>화면에 손이 보입니다: 손의 특징점으로 가르치기</translation>
    </message>
    <message>
        <source>A few samples of each sign are enough then, wherever the hand is, however large or turned</source>
        <translation>손이 어디에 있든, 크기와 방향이 어떻든 손동작마다 샘플 몇 개면 충분합니다</translation>
    </message>
    <message>
        <source>No samples are open; choose a folder for them first.</source>
        <translation>열린 샘플이 없습니다. 먼저 폴더를 고르세요.</translation>
    </message>
    <message>
        <source>Drawings and symbols; small and fast</source>
        <translation>그림과 기호에 알맞고 작고 빠릅니다</translation>
    </message>
    <message>
        <source>Photos of anything</source>
        <translation>무엇이든 찍은 사진에 알맞습니다</translation>
    </message>
    <message>
        <source>The frozen layers look at the samples: {done} of {total}</source>
        <translation>고정된 층이 샘플을 보는 중: {total}개 중 {done}개</translation>
    </message>
    <message>
        <source>Epoch {done} of at most {total}</source>
        <translation>에폭 {done} / 최대 {total}</translation>
    </message>
    <message>
        <source>The layers that stay frozen look at the views: {done} of {total}</source>
        <translation>고정된 채로 두는 층이 변형을 보는 중: {total}개 중 {done}개</translation>
    </message>
    <message>
        <source>Training the last blocks: epoch {done} of at most {total}</source>
        <translation>마지막 블록 학습: 에폭 {done} / 최대 {total}</translation>
    </message>
    <message>
        <source>The trained blocks look at the samples: {done} of {total}</source>
        <translation>학습한 블록이 샘플을 보는 중: {total}개 중 {done}개</translation>
    </message>
    <message>
        <source>Writing and checking the model</source>
        <translation>모델을 저장하고 확인하는 중</translation>
    </message>
    <message>
        <source>{name} runs on the picture now.</source>
        <translation>{name}이(가) 이제 화면에서 실행됩니다.</translation>
    </message>
    <message>
        <source>Some held-out samples are still wrong: unfreezing the last blocks may help (settings).</source>
        <translation>따로 둔 샘플 중 아직 틀리는 것이 있습니다. 마지막 블록의 고정을 풀면 나아질 수 있습니다(설정).</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>바탕</translation>
    </message>
    <message>
        <source>The pre-trained model whose layers are used</source>
        <translation>층을 빌려 쓸 사전 학습된 모델</translation>
    </message>
    <message>
        <source>Base model</source>
        <translation>바탕 모델</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>이름</translation>
    </message>
    <message>
        <source>Name of the new model</source>
        <translation>새 모델의 이름</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>학습</translation>
    </message>
    <message>
        <source>Learn from the samples, and run the new model on the picture at once</source>
        <translation>샘플로 학습하고 새 모델을 바로 화면에서 실행합니다</translation>
    </message>
    <message>
        <source>Stop, keep the best</source>
        <translation>멈추고 최고를 저장</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>취소</translation>
    </message>
    <message>
        <source>How good is it?</source>
        <translation>얼마나 정확한가?</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>학습 진행</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>설정</translation>
    </message>
    <message>
        <source>A model of that name becomes its next version</source>
        <translation>같은 이름의 모델이 있으면 그 다음 버전이 됩니다</translation>
    </message>
</context>
<context>
    <name>TrainSettings</name>
    <message>
        <source>Unfreezing needs PyTorch: pip install &apos;vision-app[train]&apos;</source>
        <translation>고정 풀기에는 PyTorch가 필요합니다: pip install &apos;vision-app[train]&apos;</translation>
    </message>
    <message>
        <source>Unfreezing is offered after a training whose result is not perfect.</source>
        <translation>고정 풀기는 결과가 완벽하지 않은 학습 뒤에 쓸 수 있습니다.</translation>
    </message>
    <message>
        <source>Fit of the picture</source>
        <translation>화면 맞춤</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>헤드</translation>
    </message>
    <message>
        <source>Views of each sample</source>
        <translation>샘플마다 변형 수</translation>
    </message>
    <message>
        <source>Epochs at most</source>
        <translation>최대 에폭</translation>
    </message>
    <message>
        <source>Patience, epochs</source>
        <translation>기다릴 에폭 수</translation>
    </message>
    <message>
        <source>Unfreeze last blocks</source>
        <translation>고정을 풀 마지막 블록</translation>
    </message>
    <message>
        <source>As the base does</source>
        <translation>바탕 모델과 같게</translation>
    </message>
    <message>
        <source>Crop: cut the longer side off</source>
        <translation>자르기: 긴 쪽을 잘라 냄</translation>
    </message>
    <message>
        <source>Squash: ignore the aspect</source>
        <translation>늘이기: 비율을 무시함</translation>
    </message>
    <message>
        <source>Letterbox: keep all, with borders</source>
        <translation>레터박스: 여백을 두고 전체를 담음</translation>
    </message>
    <message>
        <source>What of a picture the model sees; what it does not is shaded</source>
        <translation>모델이 화면에서 보는 부분을 정합니다. 보지 않는 부분은 음영으로 표시됩니다</translation>
    </message>
    <message>
        <source>One layer suits few samples; a hidden layer tells apart what one layer cannot</source>
        <translation>샘플이 적으면 한 층이 알맞고, 은닉층은 한 층으로 못 가리는 것을 가립니다</translation>
    </message>
    <message>
        <source>Versions of each sample, shifted, turned and lit a little differently; slower</source>
        <translation>샘플마다 위치, 각도, 밝기를 조금씩 바꾼 모습입니다. 더 느려집니다</translation>
    </message>
    <message>
        <source>An epoch is one pass over all samples; it stops earlier by itself</source>
        <translation>에폭은 모든 샘플을 한 번 훑는 것입니다. 더 일찍 저절로 멈출 수 있습니다</translation>
    </message>
    <message>
        <source>It stops after so many epochs without a better one</source>
        <translation>이만큼의 에폭 동안 나아지지 않으면 멈춥니다</translation>
    </message>
    <message>
        <source>Layers of the base that are trained too, the last ones first; takes minutes</source>
        <translation>바탕 모델에서 함께 학습할 층의 수로, 마지막 층부터 셉니다. 몇 분 걸립니다</translation>
    </message>
    <message>
        <source>Not for what differs by left and right, such as arrows, letters and hands</source>
        <translation>화살표, 글자, 손처럼 좌우가 다른 것에는 쓰지 마세요</translation>
    </message>
    <message>
        <source>What the training makes of your samples</source>
        <translation>학습할 때 샘플이 어떻게 바뀌는지 봅니다</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>선형</translation>
    </message>
    <message>
        <source>One hidden layer</source>
        <translation>은닉층 하나</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>그대로</translation>
    </message>
    <message>
        <source>{count} views</source>
        <translation>변형 {count}개</translation>
    </message>
    <message>
        <source>Views may be mirrored</source>
        <translation>좌우 반전 허용</translation>
    </message>
    <message>
        <source>Look at the views…</source>
        <translation>변형 보기…</translation>
    </message>
</context>
<context>
    <name>TrialPane</name>
    <message>
        <source>Try on a picture</source>
        <translation>다른 사진으로 보기</translation>
    </message>
    <message>
        <source>Pictures (*.jpg *.jpeg *.png *.webp *.bmp)</source>
        <translation>사진 (*.jpg *.jpeg *.png *.webp *.bmp)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>모든 파일 (*)</translation>
    </message>
    <message>
        <source>{count} ways to read it: choose the one that is right</source>
        <translation>읽는 방법이 {count}가지입니다. 맞는 것을 고르세요</translation>
    </message>
    <message>
        <source>What it would see</source>
        <translation>이 설정으로 보이는 결과</translation>
    </message>
    <message>
        <source>Another picture…</source>
        <translation>다른 사진…</translation>
    </message>
    <message>
        <source>What the model would see on a photo</source>
        <translation>모델이 사진에서 보게 될 결과</translation>
    </message>
</context>
<context>
    <name>Unseen</name>
    <message>
        <source>Shaded: {percent} % of the picture that the model will not see</source>
        <translation>음영: 모델이 보지 않는 부분(화면의 {percent}%)</translation>
    </message>
</context>
<context>
    <name>VersionCurve</name>
    <message>
        <source>{count} layers in float: {speed} x as fast, agreement {agreement} %</source>
        <translation>부동소수점 층 {count}개: 속도 {speed}배, 일치율 {agreement}%</translation>
    </message>
    <message>
        <source>ranges: {ranges}</source>
        <translation>범위: {ranges}</translation>
    </message>
    <message>
        <source>taken</source>
        <translation>선택됨</translation>
    </message>
    <message>
        <source>Each version that is tried becomes a point here.</source>
        <translation>시험한 버전이 하나씩 점으로 나타납니다.</translation>
    </message>
    <message>
        <source>Agreement</source>
        <translation>일치율</translation>
    </message>
    <message>
        <source>times as fast</source>
        <translation>속도(배)</translation>
    </message>
    <message>
        <source>Agreement against speed; numbers are layers in float</source>
        <translation>속도에 따른 일치율. 숫자는 부동소수점으로 남긴 층의 수입니다</translation>
    </message>
</context>
<context>
    <name>ViewsDialog</name>
    <message>
        <source>There are no samples yet.</source>
        <translation>아직 샘플이 없습니다.</translation>
    </message>
    <message>
        <source>Views of the samples</source>
        <translation>샘플의 변형</translation>
    </message>
    <message>
        <source>As it is</source>
        <translation>그대로</translation>
    </message>
    <message>
        <source>View {number}</source>
        <translation>변형 {number}</translation>
    </message>
    <message>
        <source>Behind the filters</source>
        <translation>필터 적용 후</translation>
    </message>
    <message>
        <source>The training learns from the views. The last column is what a model sees live while the filters {filters} are on: if it looks like another thing to you, it will to the model.</source>
        <translation>학습은 이 변형들로 합니다. 마지막 칸은 필터 {filters}가 켜져 있을 때 모델이 실시간으로 보는 모습입니다. 사람 눈에 다른 물건처럼 보이면 모델에게도 그렇습니다.</translation>
    </message>
    <message>
        <source>The training learns from these views. Filters of the panel OpenCV are shown beside them once there are any.</source>
        <translation>학습은 이 변형들로 합니다. OpenCV 패널에 필터를 추가하면 그 결과도 옆에 보여 줍니다.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
</context>
<context>
    <name>WalkPage</name>
    <message>
        <source>A picture and a model have to run first.</source>
        <translation>먼저 화면과 모델이 실행되고 있어야 합니다.</translation>
    </message>
    <message>
        <source>down to a pixel of the picture</source>
        <translation>그림의 픽셀까지 내려갑니다</translation>
    </message>
    <message>
        <source>{label}: {n} steps of which {shown} are shown, {end}. Largest difference to ONNX Runtime: {gap}.</source>
        <translation>{label}: {n}단계 중 {shown}단계 표시, {end}. ONNX Runtime과의 최대 차이: {gap}.</translation>
    </message>
    <message>
        <source>sum of products</source>
        <translation>곱의 합</translation>
    </message>
    <message>
        <source>softmax</source>
        <translation>softmax</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>평균</translation>
    </message>
    <message>
        <source>largest</source>
        <translation>최댓값</translation>
    </message>
    <message>
        <source>normalised</source>
        <translation>정규화</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>결과</translation>
    </message>
    <message>
        <source>{layer} [{place}]
{text}
= {ours} here, {theirs} by ONNX Runtime; {n} terms</source>
        <translation>{layer} [{place}]
{text}
= 여기서 {ours}, ONNX Runtime {theirs}, 항 {n}개</translation>
    </message>
    <message>
        <source>Following…</source>
        <translation>따라가는 중…</translation>
    </message>
    <message>
        <source>Follow the result of this picture</source>
        <translation>이 화면의 결과 따라가기</translation>
    </message>
    <message>
        <source>Click on an object, or press the button: the way of its score opens, down to one sum of products under a kernel or one softmax, each number computed here and compared with ONNX Runtime&apos;s.</source>
        <translation>물체를 클릭하거나 버튼을 누르면 그 점수가 나온 길이 열립니다. 커널 아래의 곱의 합 하나 또는 소프트맥스 하나까지 내려가며, 숫자마다 여기서 계산해 ONNX Runtime의 값과 비교합니다.</translation>
    </message>
</context>
<context>
    <name>WelcomeCard</name>
    <message>
        <source>Welcome</source>
        <translation>환영합니다</translation>
    </message>
    <message>
        <source>No camera was found, so this is the demo clip. Plug in a webcam: it appears in the list of sources by itself. Or open a video or a photo, and try another model.</source>
        <translation>카메라를 찾지 못해 데모 영상을 재생하고 있습니다. 웹캠을 꽂으면 입력 목록에 저절로 나타납니다. 영상이나 사진을 열거나 다른 모델을 써 보세요.</translation>
    </message>
    <message>
        <source>This is live, and nothing leaves this computer. Choose what runs on the picture under Models, drop a video or a photo onto the window, or press F1 for all keys.</source>
        <translation>실시간 화면이며, 아무것도 이 컴퓨터 밖으로 나가지 않습니다. ‘모델’에서 실행할 모델을 고르거나, 영상이나 사진을 창에 끌어다 놓으세요. F1을 누르면 모든 단축키를 볼 수 있습니다.</translation>
    </message>
    <message>
        <source>Open video or photo</source>
        <translation>영상 또는 사진 열기</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>모델 선택</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>가르치기</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>닫기</translation>
    </message>
    <message>
        <source>Close the first steps</source>
        <translation>처음 시작하기 닫기</translation>
    </message>
</context>
<context>
    <name>WholeRow</name>
    <message>
        <source> px</source>
        <translation> px</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>자동</translation>
    </message>
</context>
<context>
    <name>Words</name>
    <message>
        <source>Opening {name}…</source>
        <translation>{name} 여는 중…</translation>
    </message>
    <message>
        <source>{name} cannot be opened</source>
        <translation>{name}을(를) 열 수 없습니다</translation>
    </message>
    <message>
        <source>The picture is gone for a moment</source>
        <translation>잠시 화면이 끊겼습니다</translation>
    </message>
    <message>
        <source>It comes back by itself as soon as it can.</source>
        <translation>가능해지면 저절로 돌아옵니다.</translation>
    </message>
    <message>
        <source>No picture yet</source>
        <translation>아직 화면이 없습니다</translation>
    </message>
    <message>
        <source>Choose a camera, or drop a video, a photo or a folder here.</source>
        <translation>카메라를 선택하거나, 영상·사진·폴더를 여기에 끌어다 놓으세요.</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>일시 정지됨</translation>
    </message>
    <message>
        <source>The end</source>
        <translation>끝</translation>
    </message>
    <message>
        <source>Waiting for the first picture…</source>
        <translation>첫 화면을 기다리는 중…</translation>
    </message>
</context>
</TS>
